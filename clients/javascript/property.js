import { TYPES } from './value-types.js';

/** What is made of one key: a live property of the type that is asked for. `Property` and its methods are named as in Archaius. */
export function createPropertyReader(key, state) {
  const as = (type) => (fallback) => new Property(key, type, fallback, state);
  return {
    asString: as(TYPES.string),
    asBoolean: as(TYPES.boolean),
    asInteger: as(TYPES.integer),
    asNumber: as(TYPES.number),
    asDuration: as(TYPES.duration),
    asSize: as(TYPES.size),
    asList: as(TYPES.list),
    asMap: as(TYPES.map),
    asJson: as(TYPES.json),
    asType: (read, fallback) => as({ name: 'of its type', read: (text) => read(text) })(fallback),
  };
}

class Property {
  #type;
  #fallback;
  #state;
  #seen;
  #value;
  #problem;

  constructor(key, type, fallback, state) {
    this.key = key;
    this.#type = type;
    this.#fallback = fallback;
    this.#value = fallback;
    this.#state = state;
    this.#read();
    // Weakly: a property that was asked for in passing is not kept until the end of the program.
    state.follow(this, () => this.#read());
  }

  /** The value now: that of the key, else the last one that was of this type, else the default. */
  get value() {
    return this.#value;
  }

  get() {
    return this.#value;
  }

  /** Set while the key holds something that is not of its type, or a secret that is not shown. */
  get problem() {
    return this.#problem;
  }

  /** Calls back with each new value, not with the present one. The function that is returned ends that. */
  onChange(listener) {
    return this.#state.listen(this, listener);
  }

  /** True when the value is another than before. */
  #read() {
    const { snapshot } = this.#state;
    const raw = snapshot.raw(this.key);
    const mark = raw === undefined ? undefined : JSON.stringify(raw);
    const isWithheld = snapshot.withheld.includes(this.key);
    this.#problem = isWithheld
      ? {
          code: 'LF_UNAUTHORIZED',
          message: `'${this.key}' is a secret: connect over the socket or with a token`,
        }
      : undefined;
    if (raw === undefined) {
      this.#seen = undefined;
      return this.#become(this.#fallback);
    }
    const read = this.#typed(raw);
    if (read === undefined) {
      const message = `'${this.key}' is not ${this.#type.name}`;
      this.#problem = { code: 'LF_VALUE_TYPE', message };
      return false;
    }
    if (mark === this.#seen) return false;
    this.#seen = mark;
    return this.#become(read);
  }

  #become(value) {
    const isAnother = !Object.is(value, this.#value);
    this.#value = value;
    return isAnother;
  }

  #typed(raw) {
    try {
      return Array.isArray(raw) ? this.#type.read(JSON.stringify(raw), raw) : this.#type.read(raw);
    } catch {
      return undefined;
    }
  }
}

/** A value with its past: eventually consistent readers see what it was a while ago. */
export class History<T> {
  readonly #states: { readonly at: number; readonly value: T }[];
  readonly #now: () => number;

  constructor(first: T, now: () => number) {
    this.#now = now;
    this.#states = [{ at: Number.NEGATIVE_INFINITY, value: first }];
  }

  /** What is true. */
  get latest(): T {
    return this.at(Number.POSITIVE_INFINITY);
  }

  set(value: T): void {
    this.#states.push({ at: this.#now(), value });
  }

  at(time: number): T {
    const state = this.#states.findLast(({ at }) => at <= time) ?? this.#states[0];
    if (!state) throw new Error('a history begins with a value');
    return state.value;
  }
}

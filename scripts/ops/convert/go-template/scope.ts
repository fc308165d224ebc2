import { keyOf, type Dialect, type Filter } from './dialect.ts';
import { readPipeline, Untranslatable, type Expression } from './expression.ts';

export interface KeyUse {
  readonly key: string;
  /** Line of the template where the name stands first. */
  readonly line: number;
  /** Whether all that is below the key is listed. */
  readonly isGroup: boolean;
}

/** What the dot or a variable stands for. */
export type Value =
  /** An expression of Liquid, perhaps with filters. */
  | { readonly kind: 'value'; readonly text: string }
  /** A key with its value, each an expression of Liquid: `.Key`, its last part, and `.Value`. */
  | { readonly kind: 'pair'; readonly key: string; readonly base: string; readonly value: string };

interface Frame {
  readonly dot?: Value;
  readonly variable?: readonly [string, Value];
  readonly variables?: ReadonlyMap<string, Value>;
}

/** Says expressions of a Go template in Liquid, within the loops they stand in. All throw `Untranslatable`. */
export class Scope {
  /** Line of the action that is being read. */
  line = 1;
  readonly #dialect: Dialect;
  readonly #use: (use: KeyUse) => void;
  readonly #frames: Frame[] = [];
  readonly #variables = new Map<string, Value>();
  #loops = 0;

  constructor(dialect: Dialect, use: (use: KeyUse) => void) {
    this.#dialect = dialect;
    this.#use = use;
  }

  define(name: string, value: Value): void {
    this.#variables.set(name, value);
  }

  within(frame: Frame | undefined, body: () => string): string {
    if (!frame) return body();
    this.#frames.push(frame);
    try {
      return body();
    } finally {
      this.#frames.pop();
      if (frame.variables) this.#loops -= 1;
    }
  }

  /** What a loop goes over; the caller then enters it with `within`. */
  range(source: string): {
    name: string;
    collection: string;
    each: Value;
    variables: ReadonlyMap<string, Value>;
  } {
    const [, first, second, expression = source] =
      /^(?:(\$\w+)\s*(?:,\s*(\$\w+)\s*)?:=\s*)?([^]*)$/.exec(source) ?? [];
    const read = unwrapped(readPipeline(expression));
    const listed = read.kind === 'call' ? this.#listed(read.name, read.args) : undefined;
    const collection = listed?.collection ?? simple(this.value(read));
    this.#loops += 1;
    const name = this.#loops <= 1 ? 'entry' : `entry${this.#loops}`;
    const each: Value = !listed
      ? { kind: 'value', text: name }
      : listed.isPairs
        ? pairOf(name, listed.prefix)
        : { kind: 'value', text: `${name}[1]` };
    const variables = new Map<string, Value>();
    if (first !== undefined) variables.set(second ?? first, each);
    if (first !== undefined && second !== undefined)
      variables.set(first, { kind: 'value', text: 'forloop.index0' });
    return { name, collection, each, variables };
  }

  #listed(
    name: string,
    args: readonly Expression[],
  ): { collection: string; isPairs: boolean; prefix: string } | undefined {
    const isPairs = this.#dialect.pairs.includes(name);
    if (!isPairs && !this.#dialect.lists.includes(name)) return undefined;
    const pattern = keyOf(args).replace(/\/?\*$/, '');
    if (/[*?[]/.test(pattern)) throw new Untranslatable('a pattern within a key has no counterpart');
    const key = this.#dialect.propertyOf(pattern);
    this.#use({ key, line: this.line, isGroup: true });
    return { collection: pathOf(key, true), isPairs, prefix: `${pattern.replace(/\/$/, '')}/` };
  }

  value(expression: Expression): Value & { kind: 'value' } {
    const text = this.#text(expression);
    return { kind: 'value', text };
  }

  #text(expression: Expression): string {
    if (expression.kind === 'text') return quoted(expression.text);
    if (expression.kind === 'path') return this.#path(expression);
    if (expression.kind === 'call') return this.#call(expression.name, expression.args);
    return expression.text;
  }

  #path({ variable, fields }: Extract<Expression, { kind: 'path' }>): string {
    const value = variable === undefined ? this.#dot() : this.#variable(variable);
    const [field, ...deeper] = fields;
    if (value.kind === 'pair' && deeper.length === 0) {
      if (field === 'Key') return value.key;
      if (field === 'Value') return value.value;
    }
    if (value.kind === 'value' && field === undefined) return value.text;
    throw new Untranslatable(`there is no ${fields.join('.') || 'dot'} here`);
  }

  #dot(): Value {
    const frame = this.#frames.findLast(({ dot }) => dot !== undefined);
    if (frame?.dot) return frame.dot;
    throw new Untranslatable('the dot stands for nothing here');
  }

  #variable(name: string): Value {
    for (const frame of this.#frames.toReversed()) {
      const found =
        frame.variables?.get(name) ?? (frame.variable?.[0] === name ? frame.variable[1] : undefined);
      if (found) return found;
    }
    const found = this.#variables.get(name);
    if (found) return found;
    throw new Untranslatable(`there is no ${name}`);
  }

  #call(name: string, args: readonly Expression[]): string {
    const [first] = args;
    if (name === '()' && first) return this.#text(first);
    if (this.#dialect.values.includes(name)) return this.#valueOfKey(args);
    if (name === 'base' && args.length === 1 && first) {
      const pair = this.#pairKeyOf(first);
      return pair ?? `${this.#text(first)} | split: "/" | last`;
    }
    if (name === 'index') return this.#itemOf(args);
    if (name === 'printf' || name === 'print') return this.#printed(name, args);
    const filter = Object.hasOwn(this.#dialect.filters, name) ? this.#dialect.filters[name] : undefined;
    if (filter) return this.#filtered(filter, args);
    const instead = Object.hasOwn(this.#dialect.instead, name) ? this.#dialect.instead[name] : undefined;
    throw new Untranslatable(instead ?? `Liquid has no ${name} as it is here`);
  }

  #valueOfKey([key, otherwise]: readonly Expression[]): string {
    const name = this.#dialect.propertyOf(keyOf(key ? [key] : []));
    if (!otherwise) {
      this.#use({ key: name, line: this.line, isGroup: false });
      return pathOf(name);
    }
    return `${pathOf(name)} | default: ${simple({ kind: 'value', text: this.#text(otherwise) })}`;
  }

  /** `index $parts 0`. */
  #itemOf([list, place]: readonly Expression[]): string {
    if (list && place?.kind === 'number' && /^\d+$/.test(place.text)) {
      const text = simple({ kind: 'value', text: this.#text(list) });
      if (/^[a-z_]\w*$/i.test(text)) return `${text}[${place.text}]`;
    }
    throw new Untranslatable('assign the list to a variable first, and name the item by its number');
  }

  /** `with get "/a/b"`: a key with its value, by itself. */
  entry(expression: Expression): Value | undefined {
    if (expression.kind !== 'call' || !this.#dialect.entries.includes(expression.name)) return undefined;
    const written = keyOf(expression.args);
    const key = this.#dialect.propertyOf(written);
    this.#use({ key, line: this.line, isGroup: false });
    const base = quoted(written.split('/').at(-1) ?? written);
    return { kind: 'pair', key: quoted(written), base, value: pathOf(key) };
  }

  /** `base .Key` is the name below the prefix, which Liquid has anyway. */
  #pairKeyOf(expression: Expression): string | undefined {
    if (expression.kind !== 'path' || expression.fields.join('.') !== 'Key') return undefined;
    const value = expression.variable === undefined ? this.#dot() : this.#variable(expression.variable);
    return value.kind === 'pair' ? value.base : undefined;
  }

  #filtered({ filter, subject, args = [] }: Filter, given: readonly Expression[]): string {
    const of = given.at(subject);
    if (!of) throw new Untranslatable('an argument is missing');
    const own = args.map((place) => {
      const one = given[place];
      if (!one) throw new Untranslatable('an argument is missing');
      return simple({ kind: 'value', text: this.#text(one) });
    });
    if (filter === '') return this.#text(of);
    return `${this.#text(of)} | ${filter}${own.length > 0 ? `: ${own.join(', ')}` : ''}`;
  }

  /** `printf "%s:%d" a b` as texts one behind the other. */
  #printed(name: string, [format, ...args]: readonly Expression[]): string {
    if (name === 'print' && format) return [format, ...args].map((one) => this.#text(one)).reduce(appended);
    if (format?.kind !== 'text') throw new Untranslatable('its format is only known when it runs');
    let next = 0;
    const parts = format.text.split(/(%[sdv]|%%)/).flatMap((part) => {
      if (part === '') return [];
      if (part === '%%') return [quoted('%')];
      if (/^%[sdv]$/.test(part)) {
        const one = args[next];
        next += 1;
        if (!one) throw new Untranslatable('an argument is missing');
        return [this.#text(one)];
      }
      if (part.includes('%')) throw new Untranslatable(`printf does not say ${part.trim()} here`);
      return [quoted(part)];
    });
    return parts.length === 0 ? quoted('') : parts.reduce(appended);
  }

  /** A condition of `if`, which has no filters. In Go every text but the empty one is true. */
  condition(expression: Expression): string {
    const one = unwrapped(expression);
    if (one.kind === 'call') {
      const [first, second] = one.args;
      if (this.#dialect.presence.includes(one.name)) return `${this.#keyThere(one.args)} != nil`;
      if (one.name === 'not' && first) return this.#negated(unwrapped(first));
      if (one.name === 'and' || one.name === 'or') return this.#joined(one.name, one.args);
      const sign = Object.hasOwn(SIGNS, one.name) ? SIGNS[one.name] : undefined;
      if (sign !== undefined && first && second)
        return `${this.#operand(first)} ${sign} ${this.#operand(second)}`;
      if (one.name === 'contains' && first && second) {
        const [whole, part] = this.#dialect.lists.length > 0 ? [first, second] : [second, first];
        return `${this.#operand(whole)} contains ${this.#operand(part)}`;
      }
      const list = this.#listed(one.name, one.args);
      if (list) return `${list.collection} != empty`;
    }
    if (one.kind === 'word') return one.text;
    const text = simple(this.value(one));
    return `${text} != nil and ${text} != ""`;
  }

  #keyThere(args: readonly Expression[]): string {
    return pathOf(this.#dialect.propertyOf(keyOf(args)));
  }

  #negated(expression: Expression): string {
    if (expression.kind === 'call') {
      if (this.#dialect.presence.includes(expression.name))
        return `${this.#keyThere(expression.args)} == nil`;
      const opposite = OPPOSITES[expression.name];
      if (opposite !== undefined) return this.condition({ ...expression, name: opposite });
    }
    throw new Untranslatable('Liquid has no `not` before such a condition; use `unless`');
  }

  /** Liquid reads `and` and `or` from the right and knows no parentheses: of one kind they mean the same. */
  #joined(word: 'and' | 'or', args: readonly Expression[]): string {
    const parts = args.map((one) => this.condition(one));
    if (word === 'or' && parts.some((part) => / and /.test(part)))
      throw new Untranslatable('Liquid has no parentheses for `and` within `or`');
    if (word === 'and' && parts.some((part) => / or /.test(part)))
      throw new Untranslatable('Liquid has no parentheses for `or` within `and`');
    return parts.join(` ${word} `);
  }

  #operand(expression: Expression): string {
    return simple(this.value(unwrapped(expression)));
  }
}

/** consul-template has names below the prefix, confd whole paths. */
function pairOf(name: string, prefix: string): Value {
  const base = `${name}[0]`;
  const key = prefix.startsWith('/') ? `${base} | prepend: ${quoted(prefix)}` : base;
  return { kind: 'pair', key, base, value: `${name}[1]` };
}

const SIGNS: Readonly<Record<string, string>> = { eq: '==', ne: '!=', lt: '<', le: '<=', gt: '>', ge: '>=' };
const OPPOSITES: Readonly<Record<string, string | undefined>> = {
  eq: 'ne',
  ne: 'eq',
  lt: 'ge',
  le: 'gt',
  gt: 'le',
  ge: 'lt',
};

function unwrapped(expression: Expression): Expression {
  const inner = expression.kind === 'call' && expression.name === '()' ? expression.args[0] : undefined;
  return inner ? unwrapped(inner) : expression;
}

function simple({ text }: Value & { kind: 'value' }): string {
  if (/ \| /.test(text))
    throw new Untranslatable('Liquid has no filters there: assign it to a variable first');
  return text;
}

function appended(before: string, part: string): string {
  return `${before} | append: ${simple({ kind: 'value', text: part })}`;
}

/** Texts of Liquid know no escapes: a text may hold one kind of quotes, and not both. */
function quoted(text: string): string {
  if (!text.includes('"')) return `"${text}"`;
  if (!text.includes("'")) return `'${text}'`;
  throw new Untranslatable('a text of Liquid cannot hold both kinds of quotes');
}

/** A property as a template names it. */
function pathOf(key: string, isGroup = false): string {
  const parts = key.split('.');
  const isPlain = parts.every((part) => /^[A-Za-z_][\w-]*$/.test(part)) && !RESERVED.test(parts[0] ?? '');
  if (isPlain) return key;
  if (isGroup && /^[A-Za-z_]/.test(parts[0] ?? '') && !RESERVED.test(parts[0] ?? ''))
    return parts.map((part, at) => (at === 0 ? part : `["${part}"]`)).join('');
  return `props["${key}"]`;
}

const RESERVED = /^(landfall|props|true|false|nil|null|empty|blank|forloop|entry\d*)$/;

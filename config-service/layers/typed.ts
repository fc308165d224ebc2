import { parseDuration } from '../kit/duration.ts';
import type { Problem } from '../kit/errors.ts';
import { placeOf } from './assignment.ts';
import type { Effective, Property } from './effective.ts';

/** What a caller gets who asks for a key as something other than text. */
export type TypedRead<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'absent' }
  /** The problem names key and place, never the value: it may be secret. */
  | { readonly kind: 'invalid'; readonly problem: Problem };

/** A type of values, as data: what it is called, what it wants to see, and how it is read. */
export interface ValueType<T> {
  /** With its article: `an integer`. */
  readonly name: string;
  /** For people, after "expected". */
  readonly expected: string;
  /** Undefined when the property is not of this type. */
  readonly read: (property: Property) => { readonly value: T } | undefined;
}

/** Reads `key` as `type`. A value that does not fit is `invalid`, never a default and never null. */
export function readTyped<T>(effective: Effective, key: string, type: ValueType<T>): TypedRead<T> {
  const property = effective.get(key);
  if (property === undefined) return { kind: 'absent' };
  const read = type.read(property);
  if (read !== undefined) return { kind: 'value', value: read.value };
  const message = `'${key}' is not ${type.name}: expected ${type.expected}`;
  return { kind: 'invalid', problem: { code: 'LF_VALUE_TYPE', message, ...placeOf(property.winner) } };
}

export const stringType: ValueType<string> = {
  name: 'a string',
  expected: 'any text',
  read: ({ value }) => ({ value }),
};

/** The words of `booleanType`, whatever their case; undefined for any other text. */
export function booleanOf(text: string): boolean | undefined {
  return text.length > LONGEST ? undefined : BOOLEANS.get(text.trim().toLowerCase());
}

/** Decimal digits with a sign or without, up to 2^53 - 1; undefined for any other text. */
export function integerOf(text: string): number | undefined {
  const number = /^[+-]?\d{1,100}$/.test(text) ? Number(text) : Number.NaN;
  // `+ 0` makes zero of minus zero.
  return Number.isSafeInteger(number) ? number + 0 : undefined;
}

/** A finite decimal number; undefined for any other text. */
export function numberOf(text: string): number | undefined {
  const isNumber = text.length <= LONGEST && /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text);
  const number = isNumber ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? number + 0 : undefined;
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['true', 't', 'yes', 'y', 'on', '1'].map((word) => [word, true] as const),
  ...['false', 'f', 'no', 'n', 'off', '0'].map((word) => [word, false] as const),
]);

/** What Archaius 1 and 2 accept, taken together, and trimmed. */
export const booleanType: ValueType<boolean> = {
  name: 'a boolean',
  expected: [...BOOLEANS.keys()].join(', '),
  read: ({ value }) => found(booleanOf(value)),
};

/** As Java's Integer.valueOf, so `+5` and `007` but neither spaces nor `0x10` nor `1_000`; up to 2^53 - 1. */
export const integerType: ValueType<number> = {
  name: 'an integer',
  expected: 'decimal digits, with a sign or without, within 2^53',
  read: ({ value }) => found(integerOf(value)),
};

/** A finite decimal number, `1.5`, `-2e3`. */
export const numberType: ValueType<number> = {
  name: 'a number',
  expected: 'a decimal number such as 1.5 or 2e3',
  read: ({ value }) => found(numberOf(value)),
};

/** Milliseconds of `30s`, `1h30m`, `250ms`; a bare number counts seconds. */
export const durationType: ValueType<number> = {
  name: 'a duration',
  expected: 'such as 250ms, 30s, 1h30m; a bare number is seconds',
  read: ({ value }) => {
    const ms = value.length > LONGEST ? undefined : parseDuration(value);
    return found(ms !== undefined && Number.isFinite(ms) ? ms : undefined);
  },
};

/** Whole bytes. `k m g t` count 1024 as for the JVM and nginx, `KiB` 1024 as in IEC 80000-13, `KB` 1000 as in SI; any case. */
export const sizeType: ValueType<number> = {
  name: 'a size',
  expected: 'bytes, or such as 64k, 1.5g, 10MiB (of 1024), 10MB (of 1000)',
  read: ({ value }) => {
    const match = value.length > LONGEST ? null : SIZE.exec(value);
    if (match === null) return undefined;
    const [, amount, prefix = '', suffix = ''] = match;
    const exponent = prefix === '' ? 0 : 1 + 'kmgt'.indexOf(prefix.toLowerCase());
    const bytes = Number(amount) * (suffix.toLowerCase() === 'b' ? 1000 : 1024) ** exponent;
    return found(Number.isSafeInteger(bytes) ? bytes : undefined);
  },
};

const SIZE = /^\s*(\d+(?:\.\d+)?)\s*(?:([kmgt])(i?b)?|b)?\s*$/i;

/** No scalar needs more characters. A regular expression is never let loose on a value of a megabyte. */
const LONGEST = 100;

function found<T>(value: T | undefined): { readonly value: T } | undefined {
  return value === undefined ? undefined : { value };
}

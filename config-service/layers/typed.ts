/** Of `true t yes y on 1` and their opposites, what Archaius 1 and 2 accept taken together, in any case and trimmed; undefined for any other text. */
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

/** No scalar needs more characters. A regular expression is never let loose on a value of a megabyte. */
const LONGEST = 100;

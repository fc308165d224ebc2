/**
 * A count the way the gem reads one: YAML first, then Ruby's `Integer()`. `0x10`, `0b11`, `0o17`, `010` (octal) and `1_000`
 * are numbers, quoted or not; `2.7` is cut when YAML made it a number, and no number in quotes.
 */
export function readCount(text: string, isQuoted: boolean): number | undefined {
  const word = text.trim();
  if (!isQuoted && /^[-+]?\d[\d_]*\.\d*$/.test(word)) return Math.trunc(Number(word.replaceAll('_', '')));
  const [, sign, prefix, digits] =
    /^([-+]?)(0[xX]|0[bB]|0[oO]?(?=[\d_])|)([\da-fA-F]+(?:_[\da-fA-F]+)*)$/.exec(word) ?? [];
  if (digits === undefined) return undefined;
  const radix = RADIX[(prefix ?? '').toLowerCase()] ?? 10;
  const plain = digits.replaceAll('_', '').toLowerCase();
  if (plain.split('').some((digit) => Number.parseInt(digit, 16) >= radix)) return undefined;
  const value = Number.parseInt(plain, radix);
  return sign === '-' ? -value : value;
}

const RADIX: Readonly<Record<string, number>> = { '0x': 16, '0b': 2, '0o': 8, '0': 8 };

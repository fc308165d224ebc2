/** A piece of text with its escapes undone, and the way back. */
export interface UnescapedView {
  readonly text: string;
  /** Offset in the original text of an offset of `text`. */
  readonly origin: (at: number) => number;
}

/** What may hide a dot, a hyphen or a slash. Percent signs and ampersands may themselves be escaped once more. */
const ESCAPE =
  /%(?:25){0,3}([2-7][0-9A-Fa-f])|\\{1,4}u(?:00([2-7][0-9A-Fa-f])|\{0{0,4}([2-7][0-9A-Fa-f])\})|\\{1,4}x([2-7][0-9A-Fa-f])|\\{1,4}0?(05[5-7]|072)|&(?:amp;){0,3}#0{0,5}(\d{2,3});|&(?:amp;){0,3}#[xX]0{0,4}([2-7][0-9A-Fa-f]);|&(?:amp;){0,3}(quot|apos|lt|gt|amp|period|sol|colon|equals|lowbar|dash|hyphen);|\\{1,4}([.\-/"':=_])|\\{1,4}([nrtb])|\[\.\]/g;

const ENTITY: Readonly<Record<string, string>> = {
  quot: '"',
  apos: "'",
  lt: '<',
  gt: '>',
  amp: '&',
  period: '.',
  sol: '/',
  colon: ':',
  equals: '=',
  lowbar: '_',
};
const CONTROL: Readonly<Record<string, string>> = { n: '\n', r: '\n', t: '\t', b: ' ' };

/** Percent encoding, HTML entities, unicode and hex escapes, backslashes and `[.]`, undone in `source[start, end)`. */
export function unescaped(source: string, start: number, end: number): UnescapedView {
  const raw = source.slice(start, end);
  if (!/[\\%&]|\[\.\]/.test(raw)) return { text: raw, origin: (at) => start + at };
  const pieces: string[] = [];
  // Where each escape stands in the plain text, and how much longer the original is from there on.
  const at: number[] = [0];
  const shift: number[] = [start];
  let length = 0;
  let done = 0;
  for (const match of raw.matchAll(ESCAPE)) {
    const plain = decoded(match);
    if (plain === undefined) continue;
    pieces.push(raw.slice(done, match.index), plain);
    length += match.index - done + plain.length;
    done = match.index + match[0].length;
    at.push(length);
    shift.push(start + done - length);
  }
  pieces.push(raw.slice(done));
  return { text: pieces.join(''), origin: (offset) => offset + lastShift(at, shift, offset) };
}

function decoded(match: RegExpExecArray): string | undefined {
  const [whole, percent, unicode, point, hex, octal, decimal, hexEntity, entity, punctuation, control] =
    match;
  const hexadecimal = percent ?? unicode ?? point ?? hex ?? hexEntity;
  if (hexadecimal !== undefined) return printable(Number.parseInt(hexadecimal, 16));
  if (octal !== undefined) return printable(Number.parseInt(octal, 8));
  if (decimal !== undefined) return printable(Number(decimal));
  // `&hyphen;` and `&dash;` are U+2010: a lookalike, which no resolver accepts, so it stays as it is.
  if (entity !== undefined) return ENTITY[entity];
  if (control !== undefined) return CONTROL[control];
  return punctuation ?? (whole === '[.]' ? '.' : undefined);
}

function printable(code: number): string | undefined {
  return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : undefined;
}

function lastShift(at: readonly number[], shift: readonly number[], offset: number): number {
  let low = 0;
  let high = at.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((at[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return shift[low] ?? 0;
}

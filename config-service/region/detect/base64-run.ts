/** A run of base64 that holds something worth decoding. */
export interface Base64Run {
  readonly start: number;
  readonly end: number;
  /** One character per byte. */
  readonly decoded: string;
}

/**
 * The beginning of every name that is looked for, in small letters, in capitals and as a word; of a zone's id what ends it.
 * `east-` stands for `east1` as well: of the last character only the upper two bits are looked at.
 */
const WORDS: readonly string[] = [
  ...'amazo south north centr east- east_ west- west_ beans .inte -wlz1'.split(' '),
  ...Array.from('1234567', (digit) => `${digit}-az1`),
].flatMap((word) => [word, word.toUpperCase(), word.charAt(0).toUpperCase() + word.slice(1)]);

/** As many characters of base64 as depend on a word of five alone, wherever it falls. */
const NEEDLE_LENGTH = 5;

/**
 * What base64 makes of them, for each of the three ways they can fall on its groups of three bytes; the number is the
 * place of the first character in its group of four. This finds the few runs worth decoding without touching certificates
 * and images. All are equally long, which keeps V8's search quick.
 */
const PHASE_ONCE: ReadonlyMap<string, number> = new Map(WORDS.flatMap(inBase64));
/** Base64 of base64 shows none of those: user data with files in it, in a template that has it in base64. */
const PHASE_OF: ReadonlyMap<string, number> = new Map([
  ...[...PHASE_ONCE.keys()].flatMap(inBase64),
  ...PHASE_ONCE,
]);

/** For whoever looks for runs in bytes. */
export const BASE64_NEEDLES: readonly string[] = [...PHASE_OF.keys()].toSorted();

/** What no needle is without: most names and values have no capital, and are not gone through letter by letter. */
const NEEDED = new RegExp(['[A-Z]', ...BASE64_NEEDLES.filter((needle) => !/[A-Z]/.test(needle))].join('|'));

/** The value of each character in base64, of the URL alphabet, too; whatever is none counts as the first. */
const SIX_BITS = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code).replace('-', '+').replace('_', '/');
  return Math.max(0, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.indexOf(character));
});
/**
 * Three characters in a row of any needle. One of the three places is where every third character of a text begins, so that
 * looking at those is enough; one in five hundred is set. Made when it is first asked for: among what every start does it is so much
 * that V8 set TurboFan on it in one start of two, before a daemon had told it not to, and 5 MiB of Node became resident.
 */
let triples: Int32Array | undefined;

/** Enough for user data (16 KB) twice over, to either side of the needle. */
const REACH = 1 << 15;

export function* base64Runs(text: string): Generator<Base64Run> {
  for (let at = firstNeedle(text); at >= 0;) {
    const { start, end } = runOf(text, at);
    const phase = PHASE_OF.get(text.slice(at, at + NEEDLE_LENGTH)) ?? 0;
    // Letters may stand before the base64 proper; the needle says where its groups of four begin.
    const aligned = start + ((at - start - phase + 8) % 4);
    const decoded = decode(text.slice(aligned, end));
    at = nextNeedle(text, Math.max(end, at + NEEDLE_LENGTH));
    const padding = /^={0,2}/.exec(text.slice(end, end + 2))?.[0].length ?? 0;
    if (decoded !== undefined) yield { start: aligned, end: end + padding, decoded };
  }
}

/** Where needles start; of some that overlap, not each. */
export function* needlesIn(text: string): Generator<number> {
  for (let at = firstNeedle(text); at >= 0; at = nextNeedle(text, at + NEEDLE_LENGTH)) yield at;
}

function firstNeedle(text: string): number {
  return NEEDED.test(text) ? nextNeedle(text, 0) : -1;
}

/**
 * Where the next needle starts; -1 when there is none. With an alternation of two hundred a regular expression takes several
 * times as long.
 */
function nextNeedle(text: string, from: number): number {
  const known = (triples ??= triplesOf(PHASE_OF.keys()));
  for (let at = from; at + 2 < text.length; at += 3) {
    const triple = (sixBits(text, at) << 12) | (sixBits(text, at + 1) << 6) | sixBits(text, at + 2);
    if ((((known[triple >> 5] ?? 0) >>> triple) & 1) === 0) continue;
    for (let start = Math.max(from, at - NEEDLE_LENGTH + 3); start <= at; start++)
      if (PHASE_OF.has(text.slice(start, start + NEEDLE_LENGTH))) return start;
  }
  return -1;
}

function sixBits(text: string, at: number): number {
  return SIX_BITS[text.charCodeAt(at)] ?? 0;
}

function runOf(text: string, at: number): { start: number; end: number } {
  let start = at;
  let end = at;
  while (start > 0 && at - start < REACH && isBase64(text.charCodeAt(start - 1))) start--;
  while (end < text.length && end - at < REACH && isBase64(text.charCodeAt(end))) end++;
  return { start, end };
}

function decode(run: string): string | undefined {
  const standard = run.replaceAll('-', '+').replaceAll('_', '/');
  const usable = standard.length % 4 === 1 ? standard.slice(0, -1) : standard;
  try {
    return atob(usable);
  } catch {
    return undefined;
  }
}

function isBase64(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) || // a-z
    (code >= 0x41 && code <= 0x5a) || // A-Z
    (code >= 0x2f && code <= 0x39) || // / and 0-9
    code === 0x2b || // +
    code === 0x2d || // - of the URL alphabet
    code === 0x5f // _
  );
}

function inBase64(word: string): readonly [string, number][] {
  return [0, 1, 2].map((before) => {
    const from = Math.ceil((before * 8) / 6);
    const encoded = btoa('\0'.repeat(before) + word);
    return [encoded.slice(from, from + NEEDLE_LENGTH), from];
  });
}

function triplesOf(needles: Iterable<string>): Int32Array {
  const bits = new Int32Array(1 << 13);
  for (const needle of needles) {
    for (let at = 0; at + 3 <= needle.length; at++) {
      const triple = (sixBits(needle, at) << 12) | (sixBits(needle, at + 1) << 6) | sixBits(needle, at + 2);
      bits[triple >> 5] = (bits[triple >> 5] ?? 0) | (1 << triple);
    }
  }
  return bits;
}

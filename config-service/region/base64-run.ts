/** A run of base64 that holds something worth decoding. */
export interface Base64Run {
  readonly start: number;
  readonly end: number;
  /** One character per byte. */
  readonly decoded: string;
}

/**
 * What base64 makes of `amaz`, `east-`, `west-`, `sout`, `nort` and `cent`, for each of the three ways they can fall on
 * its groups of three bytes; the number is the place of the first character in its group of four. This finds the few
 * runs worth decoding without touching certificates and images. All are six long, which keeps V8's search quick.
 */
const PHASE_OF: ReadonlyMap<string, number> = new Map([
  ...inPhase(0, ['YW1hem', 'ZWFzdC', 'd2VzdC', 'c291dG', 'bm9ydG', 'Y2VudH']),
  ...inPhase(2, ['FtYXpv', 'Vhc3Qt', 'dlc3Qt', 'NvdXRo', '5vcnRo', 'NlbnRy']),
  ...inPhase(3, ['hbWF6b', 'lYXN0L', '3ZXN0L', 'zb3V0a', 'ub3J0a', 'jZW50c']),
]);
const NEEDLE = new RegExp([...PHASE_OF.keys()].join('|'), 'g');

/** Enough for user data (16 KB) twice over, to either side of the needle. */
const REACH = 1 << 15;

export function* base64Runs(text: string): Generator<Base64Run> {
  const needle = new RegExp(NEEDLE);
  for (let match = needle.exec(text); match; match = needle.exec(text)) {
    const { start, end } = runOf(text, match.index);
    const phase = PHASE_OF.get(match[0]) ?? 0;
    // Letters may stand before the base64 proper; the needle says where its groups of four begin.
    const aligned = start + ((match.index - start - phase + 8) % 4);
    const decoded = decode(text.slice(aligned, end));
    needle.lastIndex = Math.max(end, needle.lastIndex);
    const padding = /^={0,2}/.exec(text.slice(end, end + 2))?.[0].length ?? 0;
    if (decoded !== undefined) yield { start: aligned, end: end + padding, decoded };
  }
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

function inPhase(phase: number, needles: readonly string[]): [string, number][] {
  return needles.map((needle) => [needle, phase]);
}

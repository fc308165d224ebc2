import type { UnescapedView } from './unescape.ts';

/**
 * What programs that resolve a name take for ASCII (UTS #46): full width and mathematical letters, the full stops of East
 * Asia; and what they leave out: soft hyphens, zero widths. Hyphens that only look like one are none to them, and stay.
 */
const FOLDED =
  /[\u00AD\u200B\u2060\uFEFF]|[\u3002\uFF0E\uFF61]|[\uFF01-\uFF5E\u24D0-\u24E9\u{1D400}-\u{1D7FF}]/gu;

const IGNORED = /[\u00AD\u200B\u2060\uFEFF]/;
const STOP = /[\u3002\uFF0E\uFF61]/;

/** The text as a resolver reads it, and the way back; undefined where it is the same, as nearly always. */
export function foldedView(source: string): UnescapedView | undefined {
  if (source.search(FOLDED) < 0) return undefined;
  const origins: number[] = [];
  let text = '';
  let done = 0;
  const take = (plain: string, from: number, step: 0 | 1): void => {
    for (let index = 0; index < plain.length; index += 1) origins.push(from + index * step);
    text += plain;
  };
  for (const { 0: found, index } of source.matchAll(FOLDED)) {
    take(source.slice(done, index), done, 1);
    if (!IGNORED.test(found)) take(STOP.test(found) ? '.' : found.normalize('NFKC'), index, 0);
    done = index + found.length;
  }
  take(source.slice(done), done, 1);
  origins.push(source.length);
  return { text, origin: (at) => origins[at] ?? source.length };
}

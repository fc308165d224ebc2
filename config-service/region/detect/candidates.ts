/** A stretch of the text worth a close look: context lies in [start, end), names are reported from [from, to). */
export interface Window {
  readonly start: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

/** How far a line is read to either side of a name. Lines of minified files and binaries have no end of their own. */
const CONTEXT = 1024;
/** A window grows while names follow each other closely, up to here, so that memory stays bounded. */
const LONGEST = 1 << 16;
/** No name starts further than this before the part of it that the anchor matches. */
const NAME_REACH = 64;

/**
 * What every long name has in common, as little of it as possible. V8 skips through text by the fourth letter, which
 * `east`, `west`, `north`, `south` and `central` share; the `i` flag would cost a third of the speed.
 */
const COMPASS =
  /(?:[eE][aA][sS][tT]|[wW][eE][sS][tT]|[nN][oO][rR][tT][hH]|[sS][oO][uU][tT][hH]|[cC][eE][nN][tT][rR][aA][lL])[-_%\\&]{0,3}[-0-9uxX#]|[aA][mM][aA][zZ][oO][nN][aA][wW][sS]|[lL][aA][sS][tT][iI][cC][bB][eE][aA][nN]|\.[iI][nN][tT][eE][rR][nN][aA][lL]/g;

/** The end of every short code (`use1`, `usgw1`), and of the whole code around it. A pass of its own is faster than an alternative above. */
const CODE_END = /[nsewcNSEWC][0-9][.-]/g;
const CODE = /(?:us|eu|ap|sa|ca|me|af|cn|il|mx)[a-z]{0,4}$/i;
const LONGEST_CODE = 8;

export function* windowsOf(text: string): Generator<Window> {
  let start = -1;
  let end = -1;
  let from = 0;
  for (const at of anchorsOf(text)) {
    const lineEnd = endOfLine(text, at, CONTEXT);
    if (start >= 0 && at < end && lineEnd - start <= LONGEST) {
      end = lineEnd;
      continue;
    }
    const lineStart = startOfLine(text, at, CONTEXT);
    // Windows of one long line share their context; what lies in it is reported by one of them only.
    const cut = lineStart < end ? Math.max(at - NAME_REACH, from) : lineStart;
    if (start >= 0) yield { start, end, from, to: cut };
    start = lineStart;
    end = lineEnd;
    from = Math.max(lineStart, cut);
  }
  if (start >= 0) yield { start, end, from, to: end };
}

export function anchorsOf(text: string): readonly number[] {
  const anchors: number[] = [];
  for (const match of text.matchAll(COMPASS)) anchors.push(match.index);
  const words = anchors.length;
  for (const { index } of text.matchAll(CODE_END)) {
    if (CODE.test(text.slice(Math.max(0, index - LONGEST_CODE), index + 1))) anchors.push(index);
  }
  return words === 0 || words === anchors.length ? anchors : anchors.toSorted((a, b) => a - b);
}

/** Control characters end a line too: in a binary they separate one string from the next. */
export function startOfLine(text: string, at: number, reach: number): number {
  const floor = Math.max(0, at - reach);
  let start = at;
  while (start > floor && !endsLine(text.charCodeAt(start - 1))) start--;
  return start;
}

export function endOfLine(text: string, at: number, reach: number): number {
  const ceiling = Math.min(text.length, at + reach);
  let end = at;
  while (end < ceiling && !endsLine(text.charCodeAt(end))) end++;
  return end;
}

function endsLine(code: number): boolean {
  return code < 0x20 && code !== 0x09;
}

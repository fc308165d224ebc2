import { createLineEnd, lastAtMost, type Place } from './text-position.ts';

/** One line of a `.properties` file as java.util.Properties sees it: comments gone, continuations joined. */
export interface LogicalLine {
  /** Holds the line from `from` to `to`, still escaped: the whole file, or the joined pieces of a continued line. */
  readonly text: string;
  readonly from: number;
  /** Before it stands an even number of backslashes, or none. */
  readonly to: number;
  /** Where the pieces that were joined start, in `text` and in the file; empty where nothing was joined. */
  readonly starts: readonly number[];
  readonly offsets: readonly number[];
  /** Where the first character stands, as editors count. */
  readonly place: Place;
}

/** Where the unit `index` of the text of a logical line stands in the file. */
export function sourceOffset({ starts, offsets }: LogicalLine, index: number): number {
  const piece = lastAtMost(starts, index);
  return (offsets[piece] ?? 0) + index - (starts[piece] ?? 0);
}

/** The `LineReader` of java.util.Properties (JDK 17), one pass, every quirk kept. */
export function* logicalLines(source: string): Generator<LogicalLine> {
  const lineEnd = createLineEnd(source);
  let at = 0;
  // Of the line in which `at` stands.
  let line = 1;
  let lineStart = 0;
  while (at < source.length) {
    const unit = source.charCodeAt(at);
    if (isBlank(unit) || isLineEnd(unit)) {
      at += 1;
      if (isBlank(unit)) continue;
      if (unit === CR || source.charCodeAt(at - 2) !== CR) line += 1;
      lineStart = at;
      continue;
    }
    const end = lineEnd(at);
    if (unit === HASH || unit === BANG) {
      at = end;
      continue;
    }
    const place = { line, column: at - lineStart + 1 };
    if (endsInBackslash(source, at, end)) {
      const joined = joinPieces(source, at, place, lineEnd);
      at = joined.next;
      line += joined.ends;
      lineStart = at;
      if (joined.line !== undefined) yield joined.line;
    } else {
      yield { text: source, from: at, to: end, starts: NONE, offsets: NONE, place };
      at = end;
    }
  }
}

const NONE: readonly never[] = [];

const TAB = 0x09;
const LF = 0x0a;
const FORM_FEED = 0x0c;
const CR = 0x0d;
const SPACE = 0x20;
const BANG = 0x21;
const HASH = 0x23;
const BACKSLASH = 0x5c;

/** What Java calls white space: neither NBSP nor a vertical tab is. */
export function isBlank(unit: number): boolean {
  return unit === SPACE || unit === TAB || unit === FORM_FEED;
}

function isLineEnd(unit: number): boolean {
  return unit === LF || unit === CR;
}

/** `ends`: how many lines of the file end before `next`. */
function joinPieces(
  source: string,
  from: number,
  place: Place,
  lineEnd: (from: number) => number,
): { line: LogicalLine | undefined; next: number; ends: number } {
  let text = '';
  const starts: number[] = [];
  const offsets: number[] = [];
  let at = from;
  let ends = 0;
  for (;;) {
    const end = lineEnd(at);
    if (end < source.length) ends += 1;
    const continued = endsInBackslash(source, at, end);
    starts.push(text.length);
    offsets.push(at);
    text += source.slice(at, continued ? end - 1 : end);
    at = end + 1;
    if (!continued) break;
    // A line of nothing but the backslash is as if it were not there: what follows may be a comment. At the very
    // end of the file Java makes it a line of its own, with an empty key.
    if (text === '' && at < source.length) return { line: undefined, next: at, ends };
    if (text === '') break;
    if (source.charCodeAt(end) === CR && source.charCodeAt(at) === LF) at += 1;
    while (isBlank(source.charCodeAt(at))) at += 1;
    if (at >= source.length) break;
  }
  return { line: { text, from: 0, to: text.length, starts, offsets, place }, next: at, ends };
}

function endsInBackslash(source: string, from: number, end: number): boolean {
  let at = end;
  while (at > from && source.charCodeAt(at - 1) === BACKSLASH) at -= 1;
  return (end - at) % 2 === 1;
}

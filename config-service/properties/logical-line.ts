import { lastAtMost } from './text-position.ts';

/** One line of a `.properties` file as java.util.Properties sees it: comments gone, continuations joined. */
export interface LogicalLine {
  /** Still escaped; never ends in an odd number of backslashes. */
  readonly text: string;
  /** Where the pieces that were joined start, in `text` and in the file. */
  readonly starts: readonly number[];
  readonly offsets: readonly number[];
}

/** Where the unit `index` of a logical line stands in the file. */
export function sourceOffset(line: LogicalLine, index: number): number {
  const piece = lastAtMost(line.starts, index);
  return (line.offsets[piece] ?? 0) + index - (line.starts[piece] ?? 0);
}

/** The `LineReader` of java.util.Properties (JDK 17), one pass, every quirk kept. */
export function* logicalLines(source: string): Generator<LogicalLine> {
  let at = 0;
  while (at < source.length) {
    const unit = source.charCodeAt(at);
    if (isBlank(unit) || isLineEnd(unit)) {
      at += 1;
    } else if (unit === HASH || unit === BANG) {
      at = lineEnd(source, at);
    } else {
      const joined = joinPieces(source, at);
      at = joined.next;
      if (joined.line !== undefined) yield joined.line;
    }
  }
}

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

function joinPieces(source: string, from: number): { line: LogicalLine | undefined; next: number } {
  let text = '';
  const starts: number[] = [];
  const offsets: number[] = [];
  let at = from;
  for (;;) {
    const end = lineEnd(source, at);
    const continued = endsInBackslash(source, at, end);
    starts.push(text.length);
    offsets.push(at);
    text += source.slice(at, continued ? end - 1 : end);
    at = end + 1;
    if (!continued) break;
    // A line of nothing but the backslash is as if it were not there: what follows may be a comment. At the very
    // end of the file Java makes it a line of its own, with an empty key.
    if (text === '') return { line: at < source.length ? undefined : { text, starts, offsets }, next: at };
    if (source.charCodeAt(end) === CR && source.charCodeAt(at) === LF) at += 1;
    while (isBlank(source.charCodeAt(at))) at += 1;
    if (at >= source.length) break;
  }
  return { line: { text, starts, offsets }, next: at };
}

function lineEnd(source: string, from: number): number {
  let at = from;
  while (at < source.length && !isLineEnd(source.charCodeAt(at))) at += 1;
  return at;
}

function endsInBackslash(source: string, from: number, end: number): boolean {
  let at = end;
  while (at > from && source.charCodeAt(at - 1) === BACKSLASH) at -= 1;
  return (end - at) % 2 === 1;
}

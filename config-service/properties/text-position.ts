/** A place people can jump to; both count from 1, columns in UTF-16 units as editors count them. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export type Locate = (offset: number) => Place;

const LF = 0x0a;

/** Finds the place of an offset. LF, CR LF and a lone CR end a line: what Java, YAML 1.2 and editors agree on. */
export function locateIn(text: string): Locate {
  let starts: readonly number[] = [];
  let line = 0;
  return (offset) => {
    if (starts.length === 0) starts = lineStarts(text);
    // Nearly all are asked for in the order of the text: the line is the one of the last time, or the next.
    if (!isWithin(line, offset)) line += 1;
    if (!isWithin(line, offset)) line = lastAtMost(starts, offset);
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
  };

  function isWithin(at: number, offset: number): boolean {
    return (starts[at] ?? Infinity) <= offset && offset < (starts[at + 1] ?? Infinity);
  }
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  const lineEnd = createLineEnd(text);
  for (let at = lineEnd(0); at < text.length; at = lineEnd(at + 1)) {
    if (text.charCodeAt(at) === LF || text.charCodeAt(at + 1) !== LF) starts.push(at + 1);
  }
  return starts;
}

/**
 * Finds the first CR or LF at or after `from`; the length of the text when there is none. For offsets that ascend: a text
 * without the one or the other is searched for it once, not at every line.
 */
export function createLineEnd(text: string): (from: number) => number {
  const lf = createFinder(text, '\n');
  const cr = createFinder(text, '\r');
  return (from) => Math.min(lf(from), cr(from));
}

/** Finds the next `mark` at or after an offset; one that is far away is searched for once. */
export function createFinder(text: string, mark: string): (from: number) => number {
  let found = -1;
  return (from) => {
    if (found < from) {
      const at = text.indexOf(mark, from);
      found = at === -1 ? text.length : at;
    }
    return found;
  };
}

/** Index of the last element of the ascending `starts` that is not above `limit`; `starts[0]` must not be. */
export function lastAtMost(starts: readonly number[], limit: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((starts[middle] ?? 0) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}

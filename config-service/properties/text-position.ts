/** A place people can jump to; both count from 1, columns in UTF-16 units as editors count them. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export type Locate = (offset: number) => Place;

const LF = 0x0a;
const CR = 0x0d;

/** Finds the place of an offset. LF, CR LF and a lone CR end a line: what Java, YAML 1.2 and editors agree on. */
export function locateIn(text: string): Locate {
  const starts = [0];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === LF || (unit === CR && text.charCodeAt(at + 1) !== LF)) starts.push(at + 1);
  }
  return (offset) => {
    const line = lastAtMost(starts, offset);
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
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

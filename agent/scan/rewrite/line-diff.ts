/** Lines around a change, as `diff -u` shows them. */
const CONTEXT = 3;

/**
 * A unified diff of two texts that have the same number of lines, each old line against the new one in its place. For
 * `patch -p1` in the scanned root. Empty when they are equal.
 */
export function diffLines(name: string, before: string, after: string): string {
  const old = linesOf(before);
  const fresh = linesOf(after);
  const changed = [...old.keys()].filter((index) => old[index] !== fresh[index]);
  const [first] = changed;
  if (first === undefined) return '';
  const hunks: string[] = [];
  let start = first;
  let last = first;
  for (const index of [...changed.slice(1), Number.POSITIVE_INFINITY]) {
    if (index - last > 2 * CONTEXT) {
      hunks.push(hunk(old, fresh, Math.max(0, start - CONTEXT), Math.min(old.length, last + CONTEXT + 1)));
      start = index;
    }
    last = index;
  }
  return `--- ${quoted(`a/${name}`)}\n+++ ${quoted(`b/${name}`)}\n${hunks.join('')}`;
}

/** With their ends: a carriage return belongs to the line, and the last may have none. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function hunk(old: readonly string[], fresh: readonly string[], from: number, to: number): string {
  const body: string[] = [];
  for (let index = from; index < to;) {
    let end = index;
    while (end < to && old[end] !== fresh[end]) end++;
    for (const line of old.slice(index, end)) body.push(marked('-', line));
    for (const line of fresh.slice(index, end)) body.push(marked('+', line));
    if (end === index) body.push(marked(' ', old[end++] ?? ''));
    index = end;
  }
  const range = `${from + 1},${to - from}`;
  return `@@ -${range} +${range} @@\n${body.join('')}`;
}

function marked(mark: string, line: string): string {
  return line.endsWith('\n') ? mark + line : `${mark}${line}\n\\ No newline at end of file\n`;
}

/** As git and GNU patch write names that would end early: in quotes, with C's escapes. */
function quoted(name: string): string {
  return /[\s"\\]/.test(name) ? JSON.stringify(name) : name;
}

/** The name that a typing slip of at most two edits, or another letter case, separates from `asked`. */
export function nearestName(asked: string, names: readonly string[]): string | undefined {
  if (asked.length > MAX_LENGTH) return undefined;
  const wanted = asked.toLowerCase();
  const close = names
    .map((name) => ({ name, edits: editDistance(wanted, name.toLowerCase()) }))
    // A short name is within two edits of almost anything.
    .filter(({ edits }) => edits <= 2 && edits * 2 < asked.length);
  return close.toSorted((a, b) => a.edits - b.edits)[0]?.name;
}

const MAX_LENGTH = 64;

/** Levenshtein, and a swap of two neighbours, the commonest slip, counts as one. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const changed = a[row - 1] === b[column - 1] ? 0 : 1;
      let edits = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + changed,
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) edits = Math.min(edits, (before[column - 2] ?? 0) + 1);
      current.push(edits);
    }
    before = last;
    last = current;
  }
  return last[b.length] ?? 0;
}

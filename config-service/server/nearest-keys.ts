/** Most keys compared in full, so that asking for a missing key costs a bounded time whatever the configuration's size. */
const MAX_COMPARED = 2000;
const MAX_KEY_LENGTH = 128;
const MAX_EDITS = 2;

/** Up to three existing keys that a typing slip of at most two edits, or another letter case, separates from `asked`. */
export function nearestKeys(asked: string, keys: Iterable<string>): readonly string[] {
  if (asked.length > MAX_KEY_LENGTH) return [];
  const wanted = asked.toLowerCase();
  const close: { readonly key: string; readonly edits: number }[] = [];
  let compared = 0;
  for (const key of keys) {
    if (Math.abs(key.length - asked.length) > MAX_EDITS) continue;
    compared += 1;
    if (compared > MAX_COMPARED) break;
    const edits = editDistance(wanted, key.toLowerCase());
    // A short key is within two edits of almost anything.
    if (edits <= MAX_EDITS && edits * 2 < asked.length) close.push({ key, edits });
  }
  return close
    .toSorted((a, b) => a.edits - b.edits || (a.key < b.key ? -1 : 1))
    .slice(0, 3)
    .map(({ key }) => key);
}

/** Optimal string alignment: a swap of two neighbours, the commonest slip, counts as one edit. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let edits = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) edits = Math.min(edits, (before[column - 2] ?? 0) + 1);
      current.push(edits);
    }
    if (Math.min(...current) > MAX_EDITS) return MAX_EDITS + 1;
    before = last;
    last = current;
  }
  return last[b.length] ?? 0;
}

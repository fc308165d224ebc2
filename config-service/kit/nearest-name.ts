import { editDistance } from './edit-distance.ts';

/** The name that a typing slip of at most two edits, or another letter case, separates from `asked`. */
export function nearestName(asked: string, names: readonly string[]): string | undefined {
  if (asked.length > MAX_LENGTH) return undefined;
  const wanted = asked.toLowerCase();
  const close = names
    .map((name) => ({ name, edits: editDistance(wanted, name.toLowerCase(), MAX_EDITS) }))
    // A short name is within two edits of almost anything.
    .filter(({ edits }) => edits <= MAX_EDITS && edits * 2 < asked.length);
  return close.toSorted((a, b) => a.edits - b.edits)[0]?.name;
}

const MAX_LENGTH = 64;
const MAX_EDITS = 2;

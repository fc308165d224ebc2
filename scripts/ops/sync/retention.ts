/** One of the copies that a job made in a destination. */
export interface Retained {
  readonly id: string;
  /** Epoch ms, of its back-tag. */
  readonly at: number;
}

/**
 * Which copies are more than `count` beside the newest: the oldest first. Equal times go by id, so that every run says the same.
 * @param copies without the newest.
 */
export function surplusOf<T extends Retained>(copies: readonly T[], count: number): readonly T[] {
  const oldestFirst = copies.toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  return oldestFirst.slice(0, Math.max(0, oldestFirst.length - count));
}

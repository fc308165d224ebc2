import { createHash } from 'node:crypto';

/**
 * The same things in an order of this instance's own (rendezvous hashing): instances that choose from one pool at the same
 * moment begin at different ends of it, and one that chooses again begins where it did before.
 */
export function ranked<T>(
  things: readonly T[],
  idOf: (thing: T) => string,
  instanceId: string,
): readonly T[] {
  return things
    .map((thing) => ({ thing, weight: weigh(`${instanceId} ${idOf(thing)}`) }))
    .toSorted((a, b) => (a.weight < b.weight ? -1 : 1))
    .map(({ thing }) => thing);
}

function weigh(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

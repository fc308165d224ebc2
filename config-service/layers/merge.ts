import type { Assignment, Chain, Chains } from './assignment.ts';
import { possibleOwners } from './list-shape.ts';

/**
 * Lays stacks of layers upon each other, weakest first. Nothing is lost: per key, the assignments of a stronger stack
 * come before those of a weaker one. Associative, the empty stack is neutral, no input is changed.
 */
export function merge(stacks: readonly Chains[]): Chains {
  const [weakest, ...others] = stacks;
  const merged = new Map(weakest);
  for (const stack of others) {
    for (const [key, stronger] of stack) {
      const weaker = merged.get(key);
      merged.set(key, weaker === undefined ? stronger : [...stronger, ...weaker]);
    }
  }
  return merged;
}

/**
 * What is in force after lists have been taken as units:
 * - a list `k` hides `k.0`, `k.1.name`, ... of weaker layers: a shorter list never keeps a tail of the longer one;
 * - a scalar `k` hides the items of a weaker list `k`, but no plain key that merely looks like an item;
 * - a single stronger `k.1` changes that item and leaves the list.
 * Whoever has been hidden stays hidden, even when a still stronger layer takes `k` back.
 */
export function inForce(chains: Chains): Chains {
  if (![...chains.values()].some((chain) => chain.some(isList))) return chains;
  const lists = new Map([...chains].filter(([, chain]) => chain.some(isList)));
  return new Map(
    [...chains].filter(
      ([key, [top]]) => !possibleOwners(key).some((owner) => isHidden(top, lists.get(owner))),
    ),
  );
}

/** Only the strongest assignment needs a look: what hides it hides the weaker ones too. */
function isHidden(item: Assignment, owner: Chain | undefined): boolean {
  if (owner === undefined) return false;
  const belongs = owner.some((candidate) => isList(candidate) && candidate.strength === item.strength);
  return owner.some((candidate) => candidate.strength > item.strength && (belongs || isList(candidate)));
}

function isList(assignment: Assignment): boolean {
  return assignment.items !== undefined;
}

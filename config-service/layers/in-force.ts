import type { Assignment, Chain, Chains } from './assignment.ts';
import type { Removal } from './effective.ts';
import { possibleOwners } from './list-shape.ts';

/** As the whole value of a key: no layer up to this one has set it, nor any key below it. */
export const TAKEN_AWAY = '${@unset}';

/** What is in force: lists taken as units, then without what a stronger layer takes away. */
export function inForce(chains: Chains): Chains {
  if (!hasMoreThanTexts(chains)) return chains;
  const lists = new Map<string, Chain>();
  for (const [key, chain] of chains) if (chain.some(isList)) lists.set(key, chain);
  return withoutTakenAway(lists.size === 0 ? chains : listsAsUnits(chains, lists), lists);
}

/** Most configurations have no list, and take nothing away: then nothing has to be built to know it. */
function hasMoreThanTexts(chains: Chains): boolean {
  for (const chain of chains.values())
    if (chain.length === 1 ? isMoreThanText(chain[0]) : chain.some(isMoreThanText)) return true;
  return false;
}

function isMoreThanText({ items, raw }: Assignment): boolean {
  return items !== undefined || raw === TAKEN_AWAY;
}

/**
 * - a list `k` hides all that weaker layers have below it: a shorter list never keeps a tail of the longer one, and nothing is
 *   both a list and a map;
 * - a scalar `k` hides the items of a weaker list `k`, but no plain key that merely looks like an item;
 * - a map hides a weaker list: `k.name` of a stronger layer takes `k` and its items away;
 * - a single stronger `k.1` changes that item and leaves the list.
 * Whoever has been hidden stays hidden, even when a still stronger layer takes `k` back.
 */
function listsAsUnits(chains: Chains, lists: Chains): Chains {
  const above = new Map<string, readonly string[]>();
  /** For each list the strength of the strongest key below it that is no item: `routes.main` of a list `routes`. */
  const maps = new Map<string, number>();
  for (const [key, [top]] of chains) {
    const owners = listsAbove(key, lists);
    if (owners.length > 0) above.set(key, owners);
    for (const owner of owners) maps.set(owner, Math.max(top.strength, maps.get(owner) ?? -1));
  }
  return new Map(
    [...chains].filter(([key, [top]]) => {
      if (isList(top) && top.strength < (maps.get(key) ?? -1)) return false;
      if (possibleOwners(key).some((owner) => isHidden(top, lists.get(owner), maps.get(owner) ?? -1)))
        return false;
      return !above
        .get(key)
        ?.some((owner) => lists.get(owner)?.some((one) => isList(one) && one.strength > top.strength));
    }),
  );
}

/** The lists that a key lies below as a member of a map, not as an item. */
function listsAbove(key: string, lists: Chains): string[] {
  const owners: string[] = [];
  for (let dot = key.indexOf('.'); dot !== -1; dot = key.indexOf('.', dot + 1)) {
    const owner = key.slice(0, dot);
    if (lists.has(owner) && !INDEX.test(key.slice(dot + 1))) owners.push(owner);
  }
  return owners;
}

/** Digits are an item, or a plain key that looks like one; a map of a list has names. */
const INDEX = /^\d+(?:\.|$)/;

/** Only the strongest assignment needs a look: what hides it hides the weaker ones too. */
function isHidden(item: Assignment, owner: Chain | undefined, map: number): boolean {
  if (owner === undefined) return false;
  const belongs = owner.some((candidate) => isList(candidate) && candidate.strength === item.strength);
  if (belongs && map > item.strength) return true;
  return owner.some((candidate) => candidate.strength > item.strength && (belongs || isList(candidate)));
}

/** A single item is not taken out of a list: the reference stays, and is reported as one that nothing answers. */
function withoutTakenAway(chains: Chains, lists: Chains): Chains {
  const removals = new Map<string, number>();
  for (const [key, chain] of chains) {
    const removal = chain.find(({ raw }) => raw === TAKEN_AWAY);
    if (removal && !possibleOwners(key).some((owner) => lists.has(owner)))
      removals.set(key, removal.strength);
  }
  if (removals.size === 0) return chains;
  const isTakenAway = (key: string, strength: number): boolean => {
    if (strength <= (removals.get(key) ?? -1)) return true;
    for (let dot = key.indexOf('.'); dot !== -1; dot = key.indexOf('.', dot + 1))
      if (strength < (removals.get(key.slice(0, dot)) ?? -1)) return true;
    return false;
  };
  return new Map([...chains].filter(([key, [top]]) => !isTakenAway(key, top.strength)));
}

/** Finds, among what is not in force, what a layer removes explicitly. */
export function takenAway(chains: Chains, rest: Chains): ReadonlyMap<string, Removal> {
  const removed = new Map<string, Removal>();
  for (const [key, chain] of chains) {
    if (rest.has(key)) continue;
    const by = [key, ...possibleParents(key)]
      .flatMap((name) => chains.get(name)?.find(({ raw }) => raw === TAKEN_AWAY) ?? [])
      .find(({ strength }) => strength >= chain[0].strength);
    if (by) removed.set(key, { by, of: chain.find(({ raw }) => raw !== TAKEN_AWAY) });
  }
  return removed;
}

/** The longest first: what is nearest says most. */
function possibleParents(key: string): readonly string[] {
  const dot = key.lastIndexOf('.');
  const parent = key.slice(0, Math.max(dot, 0));
  return dot === -1 ? [] : [parent, ...possibleParents(parent)];
}

function isList(assignment: Assignment): boolean {
  return assignment.items !== undefined;
}

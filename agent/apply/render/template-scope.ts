import { autoScalingGroupOf, type Effective, type Facts } from '#config-service';
import { Inexpressible } from './escapes.ts';

/** What a template can name. */
export interface TemplateScope {
  readonly root: object;
  /** Keys whose value was looked up since the last call. */
  takeReads(): ReadonlySet<string>;
}

/** The engine's class of objects that are asked for their names (`liquidMethodMissing`) and for their value (`valueOf`). */
export type DropClass = new () => object;

/**
 * Every effective property by its dotted path, all of them by their whole key in `props`, the facts below `landfall`: two
 * names that hide properties of the same path, which `props` still reaches.
 *
 * A key that is a value and a prefix of others is both, `{{ db }}` and `{{ db.host }}`. A typed list is its list. A name
 * that is not there is undefined, whatever JavaScript or Liquid would find in its place (`toString`, `size`).
 */
export function createTemplateScope(effective: Effective, facts: Facts, Drop: DropClass): TemplateScope {
  let reads = new Set<string>();
  const note = (key: string): void => {
    if (key !== '') reads.add(key);
  };
  const root = newBranch();
  const props = newBranch();
  for (const { key, value, list } of effective.values()) {
    const own = list === undefined ? value : listOf(list, Drop, note);
    const branch = key.split('.').reduce(descend, root);
    branch.key = key;
    branch.own = own;
    props.children.set(key, { key, own, children: new Map() });
  }
  root.children.set('props', props);
  root.children.set('landfall', branchOf(factsOf(facts), Drop, note));
  return {
    root: groupOf(root, Drop, note),
    takeReads: () => {
      const taken = reads;
      reads = new Set();
      return taken;
    },
  };
}

/** The text of what a template puts out. Nothing, a list or a group has none: that would be a blank or a guess. */
export function textOf(value: unknown): string {
  const plain = plainValue(value);
  if (typeof plain === 'string') return plain;
  if (typeof plain === 'number' || typeof plain === 'boolean') return String(plain);
  if (plain === undefined || plain === null) throw new Inexpressible('it has no value');
  if (Array.isArray(plain)) throw new Inexpressible('it is a list; use `join` or `json`');
  throw new Inexpressible('it is a group of keys; name one of them, or use `json`');
}

/** Text, numbers, lists and maps, as JSON holds them. */
export function plainValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plainValue);
  if (!isGroup(value)) throw new Inexpressible('it is no value of a property');
  if (value[OWN] !== undefined) return value[OWN];
  return Object.fromEntries([...value].map(([name, child]) => [name, plainValue(child)]));
}

interface Branch {
  readonly children: Map<string, Branch>;
  /** Empty for what is no property. */
  key: string;
  own: unknown;
}

const OWN = Symbol('own value');

interface Group extends Iterable<readonly [name: string, child: unknown]> {
  readonly [OWN]: unknown;
}

function isGroup(value: object): value is Group {
  return OWN in value;
}

type Note = (key: string) => void;

/** A group answers to its children's names only through `liquidMethodMissing`; nothing it inherits shows. */
function groupOf(branch: Branch, Drop: DropClass, note: Note): object {
  const childOf = (name: string): unknown => {
    const child = branch.children.get(name);
    if (child === undefined) return undefined;
    if (child.own !== undefined) note(child.key);
    return child.children.size === 0 || Array.isArray(child.own) ? child.own : groupOf(child, Drop, note);
  };
  const entries = (): (readonly [string, unknown])[] => {
    return [...branch.children.keys()].toSorted().map((name) => [name, childOf(name)]);
  };
  const group: object = new Proxy(new Drop(), {
    has: (_, name) => name === OWN || name === Symbol.iterator,
    get: (_, name): unknown => {
      switch (name) {
        case 'liquidMethodMissing':
          return (key: string | number) => childOf(String(key));
        case 'valueOf':
          return () => branch.own ?? group;
        case Symbol.iterator:
          return () => entries().values();
        case OWN:
          return branch.own;
        default:
          return undefined;
      }
    },
  });
  return group;
}

function newBranch(): Branch {
  return { children: new Map(), key: '', own: undefined };
}

function descend(branch: Branch, name: string): Branch {
  const known = branch.children.get(name);
  if (known !== undefined) return known;
  const child = newBranch();
  branch.children.set(name, child);
  return child;
}

/** Null is the empty text, as everywhere; maps in a list are groups. */
function listOf(list: readonly unknown[], Drop: DropClass, note: Note): readonly unknown[] {
  return list.map((item) => {
    if (item === null) return '';
    if (Array.isArray(item)) return listOf(item, Drop, note);
    return typeof item === 'object' ? groupOf(branchOf(item, Drop, note), Drop, note) : item;
  });
}

function branchOf(map: object, Drop: DropClass, note: Note): Branch {
  const branch = newBranch();
  for (const [name, value] of Object.entries(map) as [string, unknown][]) {
    if (value === undefined) continue;
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    branch.children.set(
      name,
      isMap ? branchOf(value, Drop, note) : { ...newBranch(), own: listOf([value], Drop, note)[0] },
    );
  }
  return branch;
}

function factsOf(facts: Facts): object {
  const { tags, hasAnyTag: _, ...plain } = facts;
  return { ...plain, asg: autoScalingGroupOf(facts), tags: Object.fromEntries(tags) };
}

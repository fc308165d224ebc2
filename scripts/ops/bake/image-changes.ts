import type { ImageInventory } from './image-inventory.ts';

/** What came, went and became another between two images, by name. */
export interface Changes {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** `openssl 3.0.14-1 -> 3.0.15-1`; of what has no version, its name. */
  readonly changed: readonly string[];
}

/** The audit of one image against another: what somebody who approves it has to read. */
export interface ImageChanges {
  readonly against: string;
  /** Null where neither image has a database of dpkg or rpm. */
  readonly packages: Changes | null;
  readonly users: Changes;
  readonly units: Changes;
  /** But those of packages that changed with them. */
  readonly files: Changes;
}

export function imageChanges(against: string, before: ImageInventory, now: ImageInventory): ImageChanges {
  const hasPackages = before.packages.size + now.packages.size > 0;
  const packages = differing(before.packages, now.packages, (name, from, to) => `${name} ${from} -> ${to}`);
  return {
    against,
    packages: hasPackages ? packages : null,
    users: differing(before.users, now.users),
    units: differing(before.units, now.units),
    files: differing(before.files, now.files),
  };
}

function differing(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
  told: (name: string, from: string, to: string) => string = (name) => name,
): Changes {
  return {
    added: [...now.keys()].filter((name) => !before.has(name)).toSorted(),
    removed: [...before.keys()].filter((name) => !now.has(name)).toSorted(),
    changed: [...now]
      .flatMap(([name, to]) => {
        const from = before.get(name);
        return from === undefined || from === to ? [] : [told(name, from, to)];
      })
      .toSorted(),
  };
}

/** One line a kind, for whoever watches. */
export function changeLines({ packages, users, units, files }: ImageChanges): readonly string[] {
  const kinds = { packages, users, units, files };
  return Object.entries(kinds).flatMap(([kind, changes]) => {
    if (changes === null) return [];
    const { added, removed, changed } = changes;
    return [`${kind}: ${added.length} added, ${removed.length} removed, ${changed.length} changed`];
  });
}

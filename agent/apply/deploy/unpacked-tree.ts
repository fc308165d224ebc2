import type { Dirent, Stats } from 'node:fs';
import { chmod, lchown, lstat, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { createArchiveTally } from './archive-bounds.ts';
import { leadsOut } from '../targets/link-end.ts';
import type { Owner, PackedAttributes } from './packed-attributes.ts';

/** What was unpacked, in a place of its own that nobody uses yet. */
export interface UnpackedTree {
  readonly root: string;
  /** Absolute paths that `root` will have: what links may name. */
  readonly homes: readonly string[];
  /** Files, relative to `root`, that the plan lets keep setuid, setgid and whose they are. */
  readonly named: readonly string[];
  /** Whose named files are, where the archive was not unpacked with its owners. */
  readonly owners: ReadonlyMap<string, Owner>;
  readonly attributes: PackedAttributes;
  /** Size of the archive. */
  readonly packedBytes: number;
}

export type Settled = { readonly kind: 'refused'; readonly cause: string } | { readonly kind: 'settled' };

const SETUID_SETGID = 0o6000;
const STICKY = 0o1000;

/**
 * Looks at all that was unpacked. Devices, pipes, sockets and links that lead out are refused, and so is a tree that is
 * larger than its list said. Owners, setuid and setgid are taken from everything that is not named, for whoever packed the
 * archive is not who runs this host; the sticky bit stays on folders, where it only takes away.
 * @throws the errno of the disk.
 */
export async function settleTree(tree: UnpackedTree): Promise<Settled> {
  const { root, packedBytes, named } = tree;
  const tally = createArchiveTally(packedBytes);
  const own = await lstat(root);
  // What has a name that the plan does not know is not the plan's, whatever other names it has.
  const shared = new Set<number>();
  const kept: string[] = [];
  await settleOne(tree, own, { name: '', found: own, isNamed: false });
  for await (const entry of entriesBelow(root)) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(root, path);
    const shown = JSON.stringify(name.slice(0, 200));
    if (entry.isSymbolicLink() && (await leadsOut(tree, path))) {
      return { kind: 'refused', cause: `the link ${shown} leads out of it` };
    }
    if (!entry.isSymbolicLink() && !entry.isDirectory() && !entry.isFile()) {
      return { kind: 'refused', cause: `${shown} is no file, folder or link` };
    }
    const found = await lstat(path);
    const beyond = found.isSymbolicLink() ? undefined : tally.add(name, found.isFile() ? found.size : 0);
    if (beyond !== undefined) return { kind: 'refused', cause: beyond };
    if (found.isFile() && named.includes(name)) {
      kept.push(name);
      continue;
    }
    await settleOne(tree, own, { name, found, isNamed: false });
    if (found.isFile() && found.nlink > 1) shared.add(found.ino);
  }
  for (const name of kept) {
    const found = await lstat(join(root, name));
    await settleOne(tree, own, { name, found, isNamed: !shared.has(found.ino) });
  }
  return { kind: 'settled' };
}

interface Unsettled {
  /** Relative to the root. */
  readonly name: string;
  readonly found: Stats;
  readonly isNamed: boolean;
}

async function settleOne(
  { root, owners, attributes }: UnpackedTree,
  own: Owner,
  { name, found, isNamed }: Unsettled,
): Promise<void> {
  const path = join(root, name);
  const owner = isNamed ? (owners.get(name) ?? found) : own;
  const isChanged = owner.uid !== found.uid || owner.gid !== found.gid;
  if (isChanged) await lchown(path, owner.uid, owner.gid);
  if (owner.uid !== own.uid || owner.gid !== own.gid) {
    attributes.keepOwner(name, { uid: owner.uid, gid: owner.gid });
  } else if (isChanged) attributes.dropOwner(name);
  if (found.isSymbolicLink()) return;
  const kept = isNamed ? SETUID_SETGID : found.isFile() ? 0 : STICKY;
  const wanted = found.mode & (0o777 | kept);
  const isLess = (found.mode & 0o7777) !== wanted;
  // A change of owner takes setuid and setgid away (chown(2)).
  if (isLess || isChanged) await chmod(path, wanted);
  if (isLess) attributes.dropBits(name);
}

/** Folder by folder: an archive may hold more names than should be in memory at once. */
async function* entriesBelow(folder: string): AsyncGenerator<Dirent> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    yield entry;
    if (entry.isDirectory()) yield* entriesBelow(join(folder, entry.name));
  }
}

import type { Dirent } from 'node:fs';
import { chmod, lstat, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { createArchiveTally } from './archive-bounds.ts';
import { leadsOut } from './link-end.ts';

/** What was unpacked, in a place of its own that nobody uses yet. */
export interface UnpackedTree {
  readonly root: string;
  /** Absolute paths that `root` will have: what links may name. */
  readonly homes: readonly string[];
  /** Files, relative to `root`, that the plan lets keep setuid and setgid. */
  readonly setuid: readonly string[];
  /** Of the archive. */
  readonly packedBytes: number;
}

export type Settled =
  | { readonly kind: 'refused'; readonly cause: string }
  /** @property dropped files and folders that lost bits, relative to `root`. */
  | { readonly kind: 'settled'; readonly dropped: readonly string[] };

const SETUID_SETGID = 0o6000;
const STICKY = 0o1000;

/**
 * Looks at all that was unpacked. Devices, pipes, sockets and links that lead out are refused, and so is a tree that is
 * larger than its list said. Setuid and setgid are taken from everything that is not named, for whoever packed the archive
 * is not who runs this host; the sticky bit stays on folders, where it only takes away.
 * @throws the errno of the disk.
 */
export async function settleTree(tree: UnpackedTree): Promise<Settled> {
  const { root, packedBytes } = tree;
  const tally = createArchiveTally(packedBytes);
  const dropped: string[] = [];
  const entries: AsyncGenerator<Dirent> = entriesBelow(root);
  await settleOne(tree, root, dropped);
  for await (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(root, path);
    const shown = JSON.stringify(name.slice(0, 200));
    if (entry.isSymbolicLink()) {
      if (await leadsOut(tree, path)) return { kind: 'refused', cause: `the link ${shown} leads out of it` };
    } else if (!entry.isDirectory() && !entry.isFile()) {
      return { kind: 'refused', cause: `${shown} is no file, folder or link` };
    } else {
      const beyond = tally.add(name, await settleOne(tree, path, dropped));
      if (beyond !== undefined) return { kind: 'refused', cause: beyond };
    }
  }
  return { kind: 'settled', dropped };
}

/** @returns the bytes of a file, 0 for a folder. */
async function settleOne({ root, setuid }: UnpackedTree, path: string, dropped: string[]): Promise<number> {
  const found = await lstat(path);
  const name = relative(root, path);
  const isFile = found.isFile();
  const kept = isFile && setuid.includes(name) ? SETUID_SETGID : 0;
  const wanted = found.mode & (0o777 | kept | (isFile ? 0 : STICKY));
  if ((found.mode & 0o7777) !== wanted) {
    await chmod(path, wanted);
    dropped.push(name === '' ? '.' : name);
  }
  return isFile ? found.size : 0;
}

/** Folder by folder: an archive may hold more names than should be in memory at once. */
async function* entriesBelow(folder: string): AsyncGenerator<Dirent> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    yield entry;
    if (entry.isDirectory()) yield* entriesBelow(join(folder, entry.name));
  }
}

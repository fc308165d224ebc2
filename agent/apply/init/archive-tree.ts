import type { Dirent } from 'node:fs';
import { lchown, chmod, lstat, open, readdir, readlink, realpath, rename } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { syncFolder } from '#kit/atomic-file.ts';
import { reachFolder } from './safe-path.ts';

/**
 * Moves what was unpacked below `from` over what `folder` holds, file by file, each by a rename; nothing that is there and
 * not in the archive is touched. Everything is looked at before anything is moved.
 * @returns what in the archive is refused; undefined when it is in place. @throws the errno of the step that failed
 */
export async function moveTree(from: string, folder: string, uid: number): Promise<string | undefined> {
  const tree = await realpath(from);
  const entries = await readdir(tree, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => ({ entry, path: relative(tree, join(entry.parentPath, entry.name)) }));
  for (const { entry, path } of paths) {
    const wrong = await refusal(tree, path, entry);
    if (wrong !== undefined) return wrong;
  }
  // A folder comes before what is in it.
  for (const { entry, path } of paths.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const [source, to] = [join(tree, path), join(folder, path)];
    if (entry.isDirectory()) {
      const wrong = await takeFolder(source, to, uid);
      if (wrong !== undefined) return wrong;
    } else {
      if (entry.isFile()) await sync(source);
      await rename(source, to);
    }
  }
  await syncFolder(folder);
  return undefined;
}

async function refusal(tree: string, path: string, entry: Dirent): Promise<string | undefined> {
  if (entry.isFile() || entry.isDirectory()) return undefined;
  if (!entry.isSymbolicLink()) return `${path} is a device, pipe or socket`;
  const link = join(tree, path);
  const target = await readlink(link);
  // As it reads, and as it is: a link to a link can lead further than either of them says.
  const end = await realpath(link).catch(() => resolve(dirname(link), target));
  const ends = [resolve(dirname(link), target), end].map((each) => relative(tree, each));
  return target.startsWith('/') || ends.some((each) => each === '..' || each.startsWith('../'))
    ? `${path} is a link that leads out of the archive`
    : undefined;
}

async function takeFolder(from: string, to: string, uid: number): Promise<string | undefined> {
  const { mode, uid: owner, gid } = await lstat(from);
  const isThere = await lstat(to).then(
    () => true,
    () => false,
  );
  const wrong = await reachFolder(to, { uid, make: true });
  if (wrong !== undefined || isThere) return wrong;
  await lchown(to, owner, gid);
  await chmod(to, mode & 0o7777);
  return undefined;
}

/** A rename that outlives a power cut before the content does leaves an empty file. */
async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

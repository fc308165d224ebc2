import {
  chmod,
  constants,
  copyFile,
  lchown,
  lstat,
  open,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  symlink,
} from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { sha256Hex } from '#config-service';
import { syncFolder } from '#kit/atomic-file.ts';
import { errnoOf } from '#kit/errno.ts';
import { reachFolder } from './safe-path.ts';

/**
 * Moves what was unpacked below `from` over what `folder` holds, file by file, each by a rename; nothing that is there and
 * not in the archive is touched. What goes below another mount point is copied beside its place first.
 * @returns what is in the way; undefined when all is in place. @throws the errno of the step that failed
 */
export async function moveTree(from: string, folder: string, uid: number): Promise<string | undefined> {
  const tree = await realpath(from);
  const entries = await readdir(tree, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => ({ entry, path: relative(tree, join(entry.parentPath, entry.name)) }));
  // A folder comes before what is in it.
  for (const { entry, path } of paths.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const [source, to] = [join(tree, path), join(folder, path)];
    if (entry.isDirectory()) {
      const wrong = await takeFolder(source, to, uid);
      if (wrong !== undefined) return wrong;
    } else {
      if (entry.isFile()) await sync(source);
      await bring(source, to);
    }
  }
  await syncFolder(folder);
  return undefined;
}

async function bring(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV') throw error;
    await bringAcross(from, to);
  }
}

/** One name for one path: what a kill leaves, the next run goes over. */
async function bringAcross(from: string, to: string): Promise<void> {
  const beside = join(dirname(to), `.landfall-init-${sha256Hex(to).slice(0, 16)}`);
  await rm(beside, { force: true });
  const found = await lstat(from);
  try {
    if (found.isSymbolicLink()) await symlink(await readlink(from), beside);
    else {
      await copyFile(from, beside, constants.COPYFILE_EXCL);
      await chmod(beside, found.mode & 0o7777);
      await sync(beside);
    }
    await rename(beside, to);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
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

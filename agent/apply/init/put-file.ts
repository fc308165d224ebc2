import { constants, type Stats } from 'node:fs';
import { lchown, lstat, open, readlink, rename, rm, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sha256Hex } from '#config-service';
import { syncFolder } from '#kit/atomic-file.ts';
import { errnoOf } from '#kit/errno.ts';

/** What is to be at a path. */
export interface Wanted {
  readonly path: string;
  readonly content:
    | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
    | { readonly kind: 'link'; readonly target: string };
  /** Each of them undefined: as it is, or as the system makes it. */
  readonly mode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

/** Why `path` is not what is wanted; undefined: it is. `folder`: nothing can be put in its place. */
export async function difference(
  wanted: Wanted,
): Promise<{ kind: 'missing' | 'differs' | 'folder'; reason: string } | undefined> {
  const found = await lstatOf(wanted.path);
  if (found === undefined) return { kind: 'missing', reason: 'missing' };
  if (found.isDirectory()) return { kind: 'folder', reason: 'is a folder' };
  const reason = (await contentDiffers(wanted, found)) ?? attributesDiffer(wanted, found);
  return reason === undefined ? undefined : { kind: 'differs', reason };
}

/**
 * Puts a file or link in its place by one rename, with owner and mode already right. A link that is there is replaced,
 * never written through. @throws the errno of the step that failed
 */
export async function putFile(wanted: Wanted): Promise<void> {
  const { path } = wanted;
  // One name per target, short whatever the length of its own: what a crash left behind is what the next run clears away.
  const temporary = `${dirname(path)}/.landfall-init-${sha256Hex(path).slice(0, 16)}`;
  await rm(temporary, { force: true });
  try {
    await stage(wanted, temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

async function stage(wanted: Wanted, temporary: string): Promise<void> {
  const { path, content, mode, uid, gid } = wanted;
  if (content.kind === 'link') {
    await symlink(content.target, temporary);
    if (uid !== undefined || gid !== undefined) await lchown(temporary, uid ?? -1, gid ?? -1);
    return;
  }
  const found = await lstatOf(path);
  const before = found?.isFile() === true ? found : undefined;
  // `wx` is O_EXCL: never a file or link that someone else laid there.
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(content.bytes);
    const [owner, group] = [uid ?? before?.uid, gid ?? before?.gid];
    if (owner !== undefined || group !== undefined) await file.chown(owner ?? -1, group ?? -1);
    // After chown, which clears setuid and setgid.
    await file.chmod(mode ?? (before === undefined ? 0o644 : before.mode & 0o7777));
    await file.sync();
  } finally {
    await file.close();
  }
}

async function contentDiffers({ path, content }: Wanted, found: Stats): Promise<string | undefined> {
  if (content.kind === 'link') {
    if (!found.isSymbolicLink()) return 'is no link';
    return (await readlink(path)) === content.target ? undefined : 'points elsewhere';
  }
  if (!found.isFile()) return 'is no regular file';
  if (found.size !== content.bytes.byteLength) return 'content differs';
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return sha256Hex(await file.readFile()) === sha256Hex(content.bytes) ? undefined : 'content differs';
  } finally {
    await file.close();
  }
}

function attributesDiffer({ content, mode, uid, gid }: Wanted, found: Stats): string | undefined {
  if (content.kind === 'bytes' && mode !== undefined && (found.mode & 0o7777) !== mode) return 'mode differs';
  if (uid !== undefined && found.uid !== uid) return 'owner differs';
  return gid !== undefined && found.gid !== gid ? 'group differs' : undefined;
}

async function lstatOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { errnoOf } from '#kit/errno.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import { fileFault, unsafeTarget } from './file-fault.ts';
import { MAX_TARGET_BYTES } from '../render/liquid-engine.ts';

/** A regular file: what it holds and whose it is. */
export interface FileImage {
  readonly bytes: Buffer;
  /** Lower-case hex SHA-256. */
  readonly sha256: string;
  /** Permission bits. */
  readonly mode: number;
  /** -1: whatever a new file gets. */
  readonly uid: number;
  readonly gid: number;
}

/** What lies at `path` now; undefined: nothing. A link, a folder or a device is never taken for a file. */
export async function readImage(path: string): Promise<Outcome<FileImage | undefined>> {
  try {
    // Not opened yet: to open a device may already do something.
    const there = await lstat(path);
    const kind = there.isSymbolicLink()
      ? 'a symbolic link'
      : there.isDirectory()
        ? 'a folder'
        : 'no regular file';
    if (!there.isFile()) return unsafeTarget(path, `it is ${kind}`, 'Remove it, or choose another target.');
    if (there.size > MAX_TARGET_BYTES) {
      const cause = `the file there has ${there.size} bytes, more than could be put back`;
      return unsafeTarget(path, cause, 'Move it away, or choose another target.');
    }
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { mode, uid, gid } = await handle.stat();
      const bytes = await handle.readFile();
      return ok({ bytes, sha256: sha256Of(bytes), mode: mode & 0o7777, uid, gid });
    } finally {
      await handle.close();
    }
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? ok(undefined) : fileFault(error, 'read', path);
  }
}

/** Why `there` is not what `wanted` asks for; undefined: it is. */
export function differenceOf(there: FileImage, wanted: Omit<FileImage, 'bytes'>): string | undefined {
  if (there.sha256 !== wanted.sha256) return 'content differs';
  if (there.mode !== wanted.mode) return 'mode differs';
  const ours = (wanted.uid < 0 || there.uid === wanted.uid) && (wanted.gid < 0 || there.gid === wanted.gid);
  return ours ? undefined : 'owner differs';
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

import { open, rename, rm, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

let sequence = 0;

/** For files that belong to others: mode and owner come out exactly so, whatever the umask. */
export interface AtomicPlace {
  /** In the folder of the file; what lies there was left by a killed process and is removed. */
  readonly temporary: string;
  /** User and group id; -1 is as it comes. */
  readonly uid: number;
  readonly gid: number;
  /** What it throws keeps the file as it is. */
  readonly beforeRename?: () => Promise<void>;
}

/**
 * Replaces `path` so that a reader, or a boot after a power cut, sees the old content or the new, never a mix:
 * temp file in the same folder, fsync, rename, fsync of the folder.
 * @param durable without it nothing waits for the disk: a kill leaves the old content or the new, a power cut may leave neither.
 * @throws the errno of the step that failed; the temp file is removed.
 */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | string,
  mode: number,
  place?: AtomicPlace,
  durable = true,
): Promise<void> {
  sequence += 1;
  const temporary = place?.temporary ?? `${path}.${process.pid}.${sequence}.tmp`;
  if (place) await rm(temporary, { force: true });
  try {
    const file = await open(temporary, 'wx', place ? 0o600 : mode);
    try {
      await file.writeFile(content);
      if (place) {
        await file.chown(place.uid, place.gid);
        // After chown(2), which takes the set-id bits away.
        await file.chmod(mode);
      }
      if (durable) await file.sync();
    } finally {
      await file.close();
    }
    await place?.beforeRename?.();
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  if (durable) await syncFolder(dirname(path));
}

/** Without this a rename may be forgotten by a power cut (fsync(2): "explicit fsync() on the directory is needed"). */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

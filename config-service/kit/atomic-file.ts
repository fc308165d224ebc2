import { open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

let sequence = 0;

/**
 * Replaces `path` so that a reader, or a boot after a power cut, sees the old content or the new, never a mix:
 * temp file in the same folder, fsync, rename, fsync of the folder.
 * @throws the errno of the step that failed; the temp file is removed.
 */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | string,
  mode: number,
): Promise<void> {
  sequence += 1;
  const temporary = `${path}.${process.pid}.${sequence}.tmp`;
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncFolder(dirname(path));
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

import { chmod, mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder, writeFileAtomic } from '#kit/atomic-file.ts';
import { errnoOf } from '#kit/errno.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import { fileFault } from './file-fault.ts';
import { sha256Of, type FileImage } from './file-image.ts';

/**
 * Makes `path` what `image` says, or nothing: whoever reads it sees the old file or the new one, also after a power cut.
 * Folders that are missing are made, mode 0755.
 */
export async function putImage(path: string, image: FileImage | undefined): Promise<Outcome<void>> {
  try {
    if (image === undefined) {
      await rm(path, { force: true });
      await syncFolder(dirname(path)).catch(unlessAbsent);
      return ok(undefined);
    }
    await makeFolder(dirname(path));
    const { bytes, mode, uid, gid } = image;
    await writeFileAtomic(path, bytes, mode, { temporary: temporaryOf(path), uid, gid });
    return ok(undefined);
  } catch (error) {
    return fileFault(error, image === undefined ? 'remove' : 'write', path);
  }
}

/** What a killed `putImage` may have left. */
export async function removeTemporary(path: string): Promise<void> {
  await rm(temporaryOf(path), { force: true }).catch(() => {});
}

/**
 * Beside the file, for a rename cannot leave its file system. Hidden and without the ending of the target: folders such as
 * conf.d are read by ending. Short, whatever the length of the name.
 */
function temporaryOf(path: string): string {
  return `${dirname(path)}/.landfall-${sha256Of(Buffer.from(path)).slice(0, 16)}.tmp`;
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o755 });
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return;
    if (errnoOf(error) !== 'ENOENT') throw error;
    await makeFolder(dirname(path));
    await mkdir(path, { mode: 0o755 });
  }
  // Whatever the umask of the daemon: what it serves has to be found.
  await chmod(path, 0o755);
  await syncFolder(dirname(path));
}

function unlessAbsent(error: unknown): void {
  if (errnoOf(error) !== 'ENOENT') throw error;
}

import { constants } from 'node:fs';
import { chmod, mkdir, open, rename, rm, unlink, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { syncFolder } from '../../kit/atomic-file.ts';
import { errnoOf } from '../../kit/errno.ts';

/** Names of files end at 255 bytes; this many characters of any script and the digest stay below. */
const NAME_CHARACTERS = 60;
const INCOMING = 'incoming.tmp';
const PIECE_BYTES = 64 * 1024;

/** Where what is or may be foreign lies when it is kept: `<state folder>/quarantine`. */
export function quarantineIn(folder: string): string {
  return `${folder}/quarantine`;
}

/** 0700: what lies in it keeps its own mode, and nobody else comes to it. */
export async function makeQuarantine(quarantine: string): Promise<void> {
  await mkdir(quarantine, { recursive: true, mode: 0o700 });
  await chmod(quarantine, 0o700);
}

/**
 * Moves a regular file into the folder, 0600 in 0700, across file systems too: there it is copied, made durable and only
 * then unlinked, so that a kill leaves the original or the copy, and the next run moves it again.
 *
 * @param sha256 becomes part of the name: what is there under the same name is the same content.
 * @throws the errno of the step that failed.
 */
export async function moveToQuarantine(path: string, sha256: string, quarantine: string): Promise<void> {
  await makeQuarantine(quarantine);
  const target = `${quarantine}/${basename(path).slice(0, NAME_CHARACTERS)}.${sha256.slice(0, 16)}`;
  const source = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    await source.chmod(0o600);
    await rename(path, target);
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV') throw error;
    await copyDurably(source, `${quarantine}/${INCOMING}`);
    await rename(`${quarantine}/${INCOMING}`, target);
    await syncFolder(quarantine);
    await unlink(path);
  } finally {
    await source.close();
  }
  await syncFolder(quarantine);
}

/** What a copy that was cut has left. Its original is still where it was. */
export async function dropIncoming(quarantine: string): Promise<void> {
  try {
    await rm(`${quarantine}/${INCOMING}`, { force: true });
  } catch (error) {
    if (errnoOf(error) !== 'ENOTDIR') throw error;
  }
}

async function copyDurably(source: FileHandle, path: string): Promise<void> {
  const target = await open(path, 'w', 0o600);
  try {
    const piece = Buffer.alloc(PIECE_BYTES);
    for (;;) {
      const { bytesRead } = await source.read(piece, 0, piece.length);
      if (bytesRead === 0) break;
      await target.appendFile(piece.subarray(0, bytesRead));
    }
    await target.sync();
  } finally {
    await target.close();
  }
}

import { basename } from 'node:path';
import { inodeKey, type FileStat, type FileSystem } from './file-system.ts';
import type { FileCheckpoint } from './file-checkpoint.ts';
import { hasStretch, MARKER_BYTES } from './fingerprint.ts';
import type { Expansion } from './glob.ts';
import { findContent, openSibling, rotationsOf, type InodeSearch, type Sibling } from './rotated-siblings.ts';
import { folderOf, isRotationOf } from './rotation-name.ts';

/** Where the content of a checkpoint is now. */
export interface ResumePlace {
  readonly path: string;
  readonly stat: FileStat;
  /** The bytes before the offset. */
  readonly tail: Buffer;
  /** Static: rotation copied or packed it. */
  readonly isCopy: boolean;
}

/**
 * Finds a file again after a restart: by inode first, under any name of its folder, on any device (case 23), and only if the
 * content is what was read (cases 10, 14, 21); then by content alone (cases 8, 19). Undefined when it is gone.
 */
export async function resumeAt(
  system: FileSystem,
  checkpoint: FileCheckpoint,
  expansion: Expansion,
  inodes: InodeSearch,
  isTaken: (key: string) => boolean,
): Promise<ResumePlace | undefined> {
  const isFree = (stat: FileStat) => !isTaken(inodeKey(stat));
  // The inode of a deleted file is soon given to another, which may begin with the same header (case 14).
  const mayBe = (path: string) =>
    path === checkpoint.path ||
    checkpoint.marker.length >= MARKER_BYTES ||
    isRotationOf(checkpoint.firstPath, basename(path));
  const found = [...expansion.files.values()].filter(({ stat }) => isFree(stat));
  const sameInode = found.filter(({ path, stat }) => stat.inode === checkpoint.inode && mayBe(path));
  const sameFile = sameInode.toSorted((a, b) => rank(b, checkpoint) - rank(a, checkpoint));
  for (const { path, stat } of sameFile) {
    const tail = await tailOf(system, { path, stat }, checkpoint);
    if (tail) return { path, stat, tail, isCopy: false };
  }
  const folder = folderOf(checkpoint.path);
  const moved = await inodes.find(folder, (stat) => isFree(stat) && stat.inode === checkpoint.inode);
  const movedTail = moved && mayBe(moved.path) && (await tailOf(system, moved, checkpoint));
  if (moved && movedTail) return { ...moved, tail: movedTail, isCopy: false };

  const siblings = (await rotationsOf(system, checkpoint.firstPath)).filter(({ stat }) => isFree(stat));
  const inPlace = found.filter(
    ({ path }) => path === checkpoint.path && checkpoint.marker.length >= MARKER_BYTES,
  );
  const { mtimeMs, size } = checkpoint;
  const copy = await findContent(system, [...inPlace, ...siblings], { evidence: checkpoint, mtimeMs, size });
  const tail = copy && (await tailOf(system, copy, checkpoint));
  // The file itself, when it is renamed while it is looked for, is still written to.
  const isSelf = copy?.path === checkpoint.path || copy?.stat.inode === checkpoint.inode;
  return copy && tail && { ...copy, tail, isCopy: !isSelf };
}

function rank({ path, stat }: { path: string; stat: FileStat }, checkpoint: FileCheckpoint): number {
  return (stat.device === checkpoint.device ? 2 : 0) + (path === checkpoint.path ? 1 : 0);
}

/** Undefined when the file is not what was read up to the offset. */
async function tailOf(
  system: FileSystem,
  { path, stat }: Sibling,
  { head, marker, offset }: FileCheckpoint,
): Promise<Buffer | undefined> {
  const hasItsInode = (found: FileStat) => inodeKey(found) === inodeKey(stat);
  const file = await openSibling(system, path, hasItsInode).catch(() => undefined);
  if (!file) return undefined;
  try {
    // Before the rest: of a file that is truncated and grows meanwhile, the tail of the new content would vouch for the old offset.
    const tail = Buffer.alloc(Math.min(MARKER_BYTES, offset));
    const isWhole = (await file.read(tail, offset - tail.length)) === tail.length;
    const isIt = isWhole && (await hasStretch(file, head)) && (await hasStretch(file, marker));
    return isIt ? tail : undefined;
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}

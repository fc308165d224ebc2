import { close, fstat, open, read, watch, type BigIntStats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { FileStat, FileSystem, FolderEntry, OpenFile } from './file-system.ts';

/** The disk of this host. Descriptors are numbers: a FileHandle costs a hundred times as much, and there may be 1,000. */
export const nodeFileSystem: FileSystem = {
  stat: (path) => unlessAbsent(async () => statOf(await stat(path, { bigint: true }))),
  list: async (folder) =>
    (await unlessAbsent(() => readdir(folder, { withFileTypes: true })))?.map((entry) => ({
      name: entry.name,
      kind: kindOf(entry),
    })) ?? [],
  open: (path) => unlessAbsent(async () => openFileOf(await openDescriptor(path, 'r'))),
  watch: watchOnce,
};

const openDescriptor = promisify(open);
const closeDescriptor = promisify(close);
const statDescriptor = promisify<number, { bigint: true }, BigIntStats>(fstat);

function openFileOf(descriptor: number): OpenFile {
  return {
    stat: async () => statOf(await statDescriptor(descriptor, { bigint: true })),
    read: (buffer, position) => readFully(descriptor, buffer, position),
    close: () => closeDescriptor(descriptor),
  };
}

/** One read of a regular file gives all there is up to its end. */
function readFully(descriptor: number, buffer: Buffer, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, buffer, 0, buffer.length, position, (error, count) => {
      if (error) reject(error);
      else resolve(count);
    });
  });
}

/** One hint and it is over: a busy file would otherwise wake the agent for each of its lines. */
function watchOnce(folder: string, changed: () => void): () => void {
  try {
    const watcher = watch(folder, { persistent: false }, () => {
      watcher.close();
      changed();
    });
    // The folder is gone, or the host has no more watches to give: polling goes on without.
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}

interface Kinds {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

function kindOf(entry: Kinds): FolderEntry['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? 'link' : 'other';
}

/** Inodes of some file systems have more bits than a number holds. */
function statOf(stats: BigIntStats): FileStat {
  return {
    device: String(stats.dev),
    inode: String(stats.ino),
    size: Number(stats.size),
    mtimeMs: Number(stats.mtimeNs) / 1e6,
    links: Number(stats.nlink),
    kind: fileKindOf(stats),
  };
}

function fileKindOf(stats: BigIntStats): FileStat['kind'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  if (stats.isFIFO()) return 'pipe';
  if (stats.isSocket()) return 'socket';
  return stats.isCharacterDevice() || stats.isBlockDevice() ? 'device' : 'other';
}

const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

async function unlessAbsent<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (ABSENT.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

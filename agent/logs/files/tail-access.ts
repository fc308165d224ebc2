import type { DescriptorPool } from './descriptor-pool.ts';
import { inodeKey, type FileStat, type FileSystem, type OpenFile } from './file-system.ts';
import { holdsContent, openSibling, type InodeSearch, type Sibling } from './rotated-siblings.ts';
import { folderOf } from './rotation-name.ts';
import type { TailedFile } from './tailed-file.ts';

/** Opens files that are tailed: by identity, not by path, which may be another file's by now (case 22). */
export class TailAccess {
  readonly #system: FileSystem;
  readonly #descriptors: DescriptorPool;
  readonly #inodes: InodeSearch;

  constructor(system: FileSystem, descriptors: DescriptorPool, inodes: InodeSearch) {
    this.#system = system;
    this.#descriptors = descriptors;
    this.#inodes = inodes;
  }

  /** Undefined when the file is not to be found, or may not be opened now, which is its `problem` then. */
  async withOpen<T>(file: TailedFile, work: (open: OpenFile) => Promise<T>): Promise<T | undefined> {
    try {
      file.isResting = false;
      const done = await this.#descriptors.use(file, () => this.#openAgain(file), work);
      file.problem = done === undefined ? 'ENOENT' : undefined;
      return done;
    } catch (error) {
      file.problem = (error as NodeJS.ErrnoException).code ?? String(error);
      return undefined;
    }
  }

  /** Of the open file; one that rests is looked for by its name and not opened. Undefined as of `withOpen`. */
  async stat(file: TailedFile): Promise<FileStat | undefined> {
    if (!file.isResting) return this.withOpen(file, (open) => open.stat());
    const found = await this.#inodes.find(folderOf(file.path), hasInodeOf(file));
    const isThere = found !== undefined && (await this.isStill(file, found));
    file.problem = isThere ? undefined : 'ENOENT';
    return isThere ? found.stat : undefined;
  }

  /**
   * Whether what was found under the inode of a file that rests is that file. As nobody holds it, it may be deleted, and its inode
   * be that of the next file of its path at once (case 22).
   */
  async isStill(file: TailedFile, { path, stat }: Sibling): Promise<boolean> {
    if (path === file.originalPath) return false;
    if (stat.size === file.size && stat.mtimeMs === file.mtimeMs) return true;
    const { offset, evidence } = file.read;
    return stat.size >= offset && holdsContent(this.#system, path, evidence, hasInodeOf(file));
  }

  /** Nobody is thought to write to it any more: it is watched under its name, and opened again when it grows. */
  async rest(file: TailedFile): Promise<void> {
    file.isResting = true;
    await this.#descriptors.release(file);
  }

  async #openAgain(file: TailedFile): Promise<OpenFile | undefined> {
    const isIt = hasInodeOf(file);
    const here = await openSibling(this.#system, file.path, isIt);
    return here ?? (await this.#inodes.open(folderOf(file.path), isIt));
  }
}

function hasInodeOf({ key }: TailedFile): (stat: FileStat) => boolean {
  return (stat) => inodeKey(stat) === key;
}

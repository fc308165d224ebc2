import type { DescriptorPool } from './descriptor-pool.ts';
import { inodeKey, type FileStat, type FileSystem, type OpenFile } from './file-system.ts';
import { openSibling, type InodeSearch } from './rotated-siblings.ts';
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
      const done = await this.#descriptors.use(file, () => this.#openAgain(file), work);
      file.problem = done === undefined ? 'ENOENT' : undefined;
      return done;
    } catch (error) {
      file.problem = (error as NodeJS.ErrnoException).code ?? String(error);
      return undefined;
    }
  }

  async #openAgain(file: TailedFile): Promise<OpenFile | undefined> {
    const isIt = (stat: FileStat) => inodeKey(stat) === file.key;
    const here = await openSibling(this.#system, file.path, isIt);
    return here ?? (await this.#inodes.open(folderOf(file.path), isIt));
  }
}

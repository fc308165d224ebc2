import type { FileSystem } from './file-system.ts';
import { holdsContent } from './rotated-siblings.ts';
import { folderOf } from './rotation-name.ts';
import type { Evidence, TailedFile } from './tailed-file.ts';

const MOST = 32;

/** Files that were let go last: what is left of them must not look like a file that nobody has read. */
export class FinishedFiles {
  readonly #system: FileSystem;
  #evidence: readonly Evidence[];

  constructor(system: FileSystem, evidence: readonly Evidence[]) {
    this.#system = system;
    this.#evidence = evidence;
  }

  /** The last one first. */
  get evidence(): readonly Evidence[] {
    return this.#evidence;
  }

  add(file: TailedFile): void {
    if (file.read.offset > 0) this.#evidence = [file.read.evidence, ...this.#evidence].slice(0, MOST);
  }

  /** Whether it is another form of one of them, or of `files` beside it: packing does not always keep the mtime. */
  async wasRead(path: string, files: readonly TailedFile[]): Promise<boolean> {
    const beside = files.filter((file) => file.read.offset > 0 && folderOf(file.path) === folderOf(path));
    for (const evidence of [...beside.map((file) => file.read.evidence), ...this.#evidence]) {
      if (await holdsContent(this.#system, path, evidence)) return true;
    }
    return false;
  }
}

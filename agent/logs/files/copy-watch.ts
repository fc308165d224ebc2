import type { FileStat, FileSystem, OpenFile } from './file-system.ts';
import { HEAD_BYTES, hasStretch, MARKER_BYTES, stretchOf } from './fingerprint.ts';
import type { RotationIndex } from './rotation-index.ts';
import { holdsContent } from './rotated-siblings.ts';
import type { TailedFile } from './tailed-file.ts';

type WithOpen = <T>(file: TailedFile, work: (open: OpenFile) => Promise<T>) => Promise<T | undefined>;

/**
 * copytruncate into a name that the globs match as well: between copy and truncation two files hold the same lines. The copy is not
 * begun as a new file; when the original is truncated, `TailSet.replaced` finds in it what was not read (cases 7, 8, 16).
 */
export class CopyWatch {
  readonly #system: FileSystem;

  constructor(system: FileSystem) {
    this.#system = system;
  }

  /** Whether a file that just appeared is, as far as it goes, a copy of one that is read under the name it was rotated from. */
  async isCopyUnderWay(
    path: string,
    stat: FileStat,
    origins: RotationIndex,
    withOpen: WithOpen,
  ): Promise<boolean> {
    for (const file of origins.of(path)) {
      if (file.location !== 'live' || file.read.offset === 0) continue;
      const isCopy =
        stat.size >= file.read.offset
          ? await holdsContent(this.#system, path, file.read.evidence)
          : await withOpen(file, (original) => this.#beginsLike(original, path, stat.size));
      if (isCopy === true) return true;
    }
    return false;
  }

  /** Head and last bytes of what was copied so far; an empty file may be a copy that is about to be written. */
  async #beginsLike(original: OpenFile, path: string, size: number): Promise<boolean> {
    const copy = await this.#system.open(path);
    if (!copy) return false;
    try {
      for (const [end, length] of [
        [Math.min(HEAD_BYTES, size), Math.min(HEAD_BYTES, size)],
        [size, Math.min(MARKER_BYTES, size)],
      ] as const) {
        const bytes = Buffer.alloc(length);
        const count = await original.read(bytes, end - length);
        if (count < length || !(await hasStretch(copy, stretchOf(bytes, end)))) return false;
      }
      return true;
    } finally {
      await copy.close();
    }
  }
}

import { basename } from 'node:path';
import { compareAge, folderOf, isRotationOf } from './rotation-name.ts';
import type { TailedFile } from './tailed-file.ts';

/** Who is read after whom: files that bore one path after each other are one log. */
export class RotationOrder {
  /** The last that bore a path and is not under it any more. */
  readonly #last = new Map<string, TailedFile>();

  /** Files of an earlier run are chained again. Returns the youngest of each path. */
  resumed(files: readonly TailedFile[]): ReadonlyMap<string, TailedFile> {
    const youngest = new Map<string, TailedFile>();
    for (const file of files.toSorted(byAge)) {
      const path = file.originalPath;
      file.after = youngest.get(path);
      youngest.set(path, file);
    }
    return youngest;
  }

  /**
   * The file has lost its path. What follows waits until it was read to the end of what it has by now.
   * @param last of those that bore the path since, or the file itself.
   */
  left(path: string, file: TailedFile, last: TailedFile): void {
    file.read.hasReachedEnd = false;
    file.isDirty = true;
    this.#last.set(path, last);
  }

  /** The path that somebody left and nobody bears yet, if a file at `path` may have borne it meanwhile; else `path`. */
  originOf(path: string): string {
    const left = [...this.#last.keys()].filter((origin) => folderOf(origin) === folderOf(path));
    return left.find((origin) => isRotationOf(origin, basename(path))) ?? path;
  }

  lastOf(origin: string): TailedFile | undefined {
    return this.#last.get(origin);
  }

  /** The file bears the path `origin` now, or has borne it, behind `last`. */
  arrived(origin: string, file: TailedFile, last: TailedFile | undefined): void {
    file.firstPath = origin;
    file.after = last;
    if (file.path === origin) this.#last.delete(origin);
    else this.#last.set(origin, file);
  }

  /** What waited for one content of a file waits for the next. */
  replaced(file: TailedFile, next: TailedFile, files: readonly TailedFile[]): void {
    for (const other of files) if (other.after === file && other !== next) other.after = next;
    for (const [path, last] of this.#last) if (last === file) this.#last.set(path, next);
  }

  /** Nobody waits for it any more. */
  ended(file: TailedFile): void {
    file.read.hasReachedEnd = true;
    for (const [path, last] of this.#last) if (last === file) this.#last.delete(path);
  }
}

/** Oldest first: the youngest is who bears the path. */
function byAge(a: TailedFile, b: TailedFile): number {
  const [isA, isB] = [a, b].map(({ path, originalPath }) => path === originalPath);
  if (isA !== isB) return isA ? 1 : -1;
  return compareAge({ path: a.path, mtimeMs: a.knownMtimeMs }, { path: b.path, mtimeMs: b.knownMtimeMs });
}

import type { TailedFile } from './tailed-file.ts';

/** Who is read after whom: files that bore one path after each other are one log. */
export class Succession {
  /** The last that bore a path and is not under it any more. */
  readonly #last = new Map<string, TailedFile>();

  /**
   * The file has lost its path. What follows waits until it was read to the end of what it has by now.
   * @param last of those that bore the path since, or the file itself.
   */
  left(path: string, file: TailedFile, last: TailedFile): void {
    file.hasReachedEnd = false;
    file.isDirty = true;
    this.#last.set(path, last);
  }

  lastOf(path: string): TailedFile | undefined {
    return this.#last.get(path);
  }

  /** The file bears the path now, behind `last`. */
  arrived(path: string, file: TailedFile, last: TailedFile | undefined): void {
    file.after = last;
    this.#last.delete(path);
  }

  /** What waited for one content of a file waits for the next. */
  replaced(file: TailedFile, next: TailedFile, files: readonly TailedFile[]): void {
    for (const other of files) if (other.after === file && other !== next) other.after = next;
    for (const [path, last] of this.#last) if (last === file) this.#last.set(path, next);
  }

  /** Nobody waits for it any more. */
  ended(file: TailedFile): void {
    file.hasReachedEnd = true;
    for (const [path, last] of this.#last) if (last === file) this.#last.delete(path);
  }
}

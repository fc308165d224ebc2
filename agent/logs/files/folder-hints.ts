import type { FileSystem } from './file-system.ts';

/** More folders than this are only polled: the host has a bounded number of watches (fs.inotify.max_user_watches). */
const MOST_WATCHES = 64;

/** Hints that a look at the disk is worth while before its time. Each watch gives one and is over. */
export class FolderHints {
  readonly #system: FileSystem;
  readonly #watches = new Map<string, () => void>();
  #hasHint = false;

  constructor(system: FileSystem) {
    this.#system = system;
  }

  /** Whether there was a hint since the last call. */
  taken(): boolean {
    const had = this.#hasHint;
    this.#hasHint = false;
    return had;
  }

  watch(folders: ReadonlySet<string>): void {
    for (const [folder, end] of this.#watches) {
      if (folders.has(folder)) continue;
      end();
      this.#watches.delete(folder);
    }
    for (const folder of folders) {
      if (this.#watches.has(folder) || this.#watches.size >= MOST_WATCHES) continue;
      const end = this.#system.watch(folder, () => {
        this.#watches.delete(folder);
        this.#hasHint = true;
      });
      this.#watches.set(folder, end);
    }
  }

  close(): void {
    this.watch(new Set());
  }
}

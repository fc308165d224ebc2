import { lstatSync } from 'node:fs';
import type { Clock } from '#kit/clock.ts';
import { toSystem } from './byte-path.ts';
import { filesAt, type Found, type Root } from './walk.ts';

/** What it may take of the scan's own time at each breath, in milliseconds. */
const SHARE_MS = 5;

/** Counts ahead of a scan how many files there are and how large, a little at a time: it is for someone who waits. */
export class Forecast {
  readonly #files: Generator<Found>;
  #count = 0;
  #bytes = 0;
  #isWhole = false;

  constructor(roots: readonly Root[], mounts: ReadonlyMap<string, string>) {
    // What is left out is the scan's own to tell.
    this.#files = filesAt(roots, mounts, { ignored: 0, skipped: [], addUnread: () => {} });
  }

  goOn(clock: Pick<Clock, 'monotonic'>): void {
    const end = clock.monotonic() + SHARE_MS;
    while (!this.#isWhole && clock.monotonic() < end) {
      const next = this.#files.next();
      if (next.done === true) this.#isWhole = true;
      else if (next.value.target === undefined) {
        this.#count += 1;
        this.#bytes += lstatSync(toSystem(next.value.path), { throwIfNoEntry: false })?.size ?? 0;
      }
    }
  }

  /** Nothing while they are still being counted. */
  total(): { totalFiles?: number; totalBytes?: number } {
    return this.#isWhole ? { totalFiles: this.#count, totalBytes: this.#bytes } : {};
  }
}

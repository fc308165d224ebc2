import type { OpenFile } from './file-system.ts';

/** Somebody who may have to do without its descriptor for a while. */
export interface DescriptorHolder {
  /** Deleted files only exist as long as they are open. */
  readonly isUnlinked: boolean;
  readonly isCaughtUp: boolean;
}

const MOST_OPEN = 256;
const FEWEST_OPEN = 8;

/**
 * How many files logs may keep open of those that a process may open, which is said in `/proc/self/limits`: a quarter, 256 of
 * 1,024. Sockets, checkpoints and configuration need theirs: without them nothing is sent (case 61).
 */
export function descriptorsWithin(limits: string): number {
  const [, limit] = /^Max open files +(\d+)/m.exec(limits) ?? [];
  return limit === undefined
    ? MOST_OPEN
    : Math.min(MOST_OPEN, Math.max(FEWEST_OPEN, Math.floor(Number(limit) / 4)));
}

/**
 * Bounds the open files of all sources together. Who asks for one more than `limit` has the one that was not used for the longest
 * time closed, first among those that have nothing to read (case 61); deleted files keep theirs.
 */
export class DescriptorPool {
  readonly #limit: number;
  /** In the order of use, the longest ago first. */
  readonly #open = new Map<DescriptorHolder, OpenFile>();
  readonly #busy = new Set<DescriptorHolder>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Undefined when `open` gives none. The file is not closed while `work` runs. */
  async use<T>(
    holder: DescriptorHolder,
    open: () => Promise<OpenFile | undefined>,
    work: (file: OpenFile) => Promise<T>,
  ): Promise<T | undefined> {
    this.#busy.add(holder);
    try {
      const file = this.#open.get(holder) ?? (await open());
      if (!file) return undefined;
      this.#open.delete(holder);
      this.#open.set(holder, file);
      await this.#makeRoom();
      return await work(file);
    } finally {
      this.#busy.delete(holder);
    }
  }

  /** What is open goes on as that of another. */
  pass(from: DescriptorHolder, to: DescriptorHolder): void {
    const file = this.#open.get(from);
    this.#open.delete(from);
    if (file) this.#open.set(to, file);
  }

  async release(holder: DescriptorHolder): Promise<void> {
    const file = this.#open.get(holder);
    this.#open.delete(holder);
    await file?.close();
  }

  async #makeRoom(): Promise<void> {
    while (this.#open.size > this.#limit) {
      const spare = [...this.#open.keys()].filter((holder) => !holder.isUnlinked && !this.#busy.has(holder));
      const next = spare.find((holder) => holder.isCaughtUp) ?? spare[0];
      if (!next) return;
      await this.release(next);
    }
  }
}

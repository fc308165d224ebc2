import type { Clock } from '#kit/clock.ts';
import type { FileCheckpoint } from './file-checkpoint.ts';
import { inodeKey, type FileStat, type FileSystem } from './file-system.ts';
import type { Expansion } from './glob.ts';
import type { CountLoss } from './losses.ts';
import { resumeAt, type ResumePlace } from './resumption.ts';
import { holdsContent, type InodeSearch } from './rotated-siblings.ts';

/** A volume may be mounted, or a permission given, some time after the agent has started. */
const WAIT_MS = 600_000;

/** Checkpoints whose files have not been found yet. They stay checkpoints until they are, or are given up. */
export class PendingCheckpoints {
  readonly #system: FileSystem;
  readonly #clock: Clock;
  readonly #lost: CountLoss;
  #pending: readonly FileCheckpoint[];
  #giveUpAt: number | undefined;

  constructor(
    pending: readonly FileCheckpoint[],
    parts: { readonly system: FileSystem; readonly clock: Clock; readonly lost: CountLoss },
  ) {
    this.#pending = pending;
    this.#system = parts.system;
    this.#clock = parts.clock;
    this.#lost = parts.lost;
  }

  get checkpoints(): readonly FileCheckpoint[] {
    return this.#pending;
  }

  /** Those whose content was found, no place twice. What is not found for ten minutes is lost as far as it was unread, and counted. */
  async place(
    expansion: Expansion,
    inodes: InodeSearch,
    isTaken: (key: string) => boolean,
  ): Promise<readonly (readonly [FileCheckpoint, ResumePlace])[]> {
    const now = this.#clock.monotonic();
    const isFirst = this.#giveUpAt === undefined;
    this.#giveUpAt ??= now + WAIT_MS;
    const placed = new Map<string, readonly [FileCheckpoint, ResumePlace]>();
    const missing: FileCheckpoint[] = [];
    const mayNot = (key: string) => placed.has(key) || isTaken(key);
    for (const checkpoint of this.#pending) {
      // The rest of a truncated file is in its copy, which has a checkpoint of its own, farther on.
      const taken = isFirst ? placed.get(inodeKey(checkpoint))?.[1] : undefined;
      if (taken && (await holdsContent(this.#system, taken.path, checkpoint))) continue;
      const place = await resumeAt(this.#system, checkpoint, expansion, inodes, mayNot);
      if (place) placed.set(inodeKey(place.stat), [checkpoint, place]);
      else missing.push(checkpoint);
    }
    this.#pending = now < this.#giveUpAt ? missing : [];
    if (now >= this.#giveUpAt) for (const checkpoint of missing) this.#countLost(checkpoint);
    return [...placed.values()];
  }

  /** Whether a file may be one of them and cannot be looked into now: it must not be begun anew. */
  async mayHold(path: string, { inode }: FileStat): Promise<boolean> {
    if (!this.#pending.some((checkpoint) => checkpoint.inode === inode)) return false;
    try {
      await (await this.#system.open(path))?.close();
      return false;
    } catch {
      return true;
    }
  }

  /** Whether what rotation left may be one of them, which the next look finds. */
  async mayBe(path: string, stat: FileStat): Promise<boolean> {
    if (await this.mayHold(path, stat)) return true;
    for (const checkpoint of this.#pending) {
      // Of which nothing was read is no other than one that nobody has read.
      if (checkpoint.marker.length > 0 && (await holdsContent(this.#system, path, checkpoint))) return true;
    }
    return false;
  }

  #countLost({ size, offset, path }: FileCheckpoint): void {
    if (size > offset) this.#lost('vanished', size - offset, path);
  }
}

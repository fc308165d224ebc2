import type { Outcome } from '#kit/outcome.ts';

/** How far a source has been acknowledged, in terms of its own: JSON. */
export type Checkpoint = Readonly<Record<string, unknown>>;

/** Where checkpoints outlive the process; the daemon stamps and fences them (laws 3 and 4, case 34). */
export interface Checkpoints {
  /** By key of the source; empty when there are none, or none that this instance may read. */
  load(): Promise<ReadonlyMap<string, Checkpoint>>;
  /** Replaces all. When ok it outlives this process, and a power cut as well if it was to be `durable`. */
  save(checkpoints: ReadonlyMap<string, Checkpoint>, durable: boolean): Promise<Outcome<void>>;
}

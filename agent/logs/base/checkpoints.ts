import type { Outcome } from '#kit/outcome.ts';

/** How far a source has been acknowledged, in terms of its own: JSON. */
export type Checkpoint = Readonly<Record<string, unknown>>;

/** Where checkpoints outlive the process; the daemon stamps and fences them (laws 3 and 4, case 34). */
export interface Checkpoints {
  /** By key of the source; empty when there are none, or none that this instance may read. */
  load(): Promise<ReadonlyMap<string, Checkpoint>>;
  /** Replaces all; durable when ok. */
  save(checkpoints: ReadonlyMap<string, Checkpoint>): Promise<Outcome<void>>;
}

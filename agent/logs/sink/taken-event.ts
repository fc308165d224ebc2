import type { Ledger } from '../base/ledger.ts';
import type { LogEvent } from '../base/log-event.ts';
import type { MemoryHold } from './memory-budget.ts';
import type { Progress } from './progress.ts';

/** What the sink has to know of a source to settle its events. */
export interface Account {
  readonly ledger: Ledger;
  readonly progress: Progress;
  readonly memory: Pick<MemoryHold, 'give'>;
}

/** An event that the sink has taken from a source, and has to put somewhere. */
export interface TakenEvent extends LogEvent {
  readonly account: Account;
  /** As `Progress` numbered it. */
  readonly number: number;
  /** What it was when it was read, for the ledger: redaction changes `size`. */
  readonly readBytes: number;
}

/** Bytes of memory that an event stands for: its text, and what the engine needs to hold it. */
export function footprint({ size }: LogEvent): number {
  return size + 160;
}

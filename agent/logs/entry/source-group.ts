import type { Destination } from '../base/destination.ts';
import type { LogSource } from '../base/log-source.ts';
import type { FileSourceStatus } from '../files/file-status.ts';
import type { LogPlan } from './log-plan.ts';

/** Who is told of the sources of one entry of the plan as they come and go, such as the files of a glob. */
export interface SourceListener {
  opened(source: LogSource): void;
  /** There is nothing more to read from it; what was read is still acknowledged. The listener closes it. */
  ended(source: LogSource): void;
  /**
   * What can never be read, such as bytes of a deleted file: counted in the ledger of the source. `cause` is one of a few
   * names such as `truncated`; `bytes` as far as they are known.
   */
  lost(source: LogSource, cause: string, events: number, bytes: number): void;
}

/** What the status shows of an entry beside its sources: of files, and of a door for programs. */
export interface GroupStatus extends Partial<FileSourceStatus> {
  readonly filesNotShown?: number;
  /** Address; null while the port is taken. */
  readonly listens?: string | null;
}

/** All that one entry of the plan reads. */
export interface SourceGroup {
  /** Called once. Sources that are there already are `opened` at once. */
  start(listener: SourceListener): void;
  /** Goes on as the plan has it now, without being closed; false when it cannot. */
  reconfigure?(settings: LogPlan['source'], destination: Destination): boolean;
  /** The next read is to find what is there by now, not what was seen last. */
  lookNow?(): void;
  /** Bytes that are there and not acknowledged; left out where nobody knows what is there. */
  behindBytes?(): number;
  status?(): GroupStatus;
  /** Why something is not shipped that the plan asks for, in words. */
  troubles?(): readonly string[];
  /** No source is opened any more; those that are open are closed by their listener. */
  close(): Promise<void>;
}

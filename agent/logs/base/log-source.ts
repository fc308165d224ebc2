import type { Destination } from './destination.ts';
import type { LogEvent } from './log-event.ts';

/** Something that gives events in order and can tell from where to go on after a crash. */
export interface LogSource {
  /** Entry of the plan and file, for status; unique. */
  readonly name: string;
  readonly destination: Destination;
  /**
   * Up to `maxBytes` of events, as soon as there are some; an empty array when the source has nothing now: ask again a
   * little later. Back-pressure is that nobody calls, and that a strand is left out that `isHeld`.
   */
  read(maxBytes: number, isHeld?: (strand: object) => boolean): Promise<readonly LogEvent[]>;
  /**
   * Everything before `end` need not be read again; called in order, for each strand. Also for what was filtered, rejected or
   * quarantined.
   */
  acknowledge(end: number, strand?: object): void;
  close(): Promise<void>;
}

import type { Clock, Random } from '#kit/clock.ts';
import type { Logger } from '#kit/logger.ts';

/** What the daemon gets of the machine and the process instead of reaching for them. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly pid: number;
  /** Effective user id; 0 is root. */
  readonly uid: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  residentBytes(): number;
}

import type { Clock, Random } from '#kit/clock.ts';
import type { Logger } from '#kit/logger.ts';
import type { BootTimes } from './boot-times.ts';

/** What the daemon gets of the machine and the process instead of reaching for them. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly pid: number;
  /** Effective user id; 0 is root. */
  readonly uid: number;
  /** A folder for copies of the register, the same whatever the settings are; undefined: none are kept. */
  readonly registers?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly boot: BootTimes;
  residentBytes(): number;
  /** As kill(2): a negative pid is a process group, signal 0 only asks. @throws the errno. */
  kill(pid: number, signal: NodeJS.Signals | 0): void;
}

import type { Landing } from '#config-service';
import type { LogEvent } from '../base/log-event.ts';
import type { FileRules } from './file-rules.ts';
import type { FileStat } from './file-system.ts';
import { TimeBorder } from './time-boundary.ts';

/**
 * How much of a file another instance wrote, before the disk came to this one (case 34): all before an offset, or as much as the
 * times of its lines tell.
 */
export type Inherited = number | TimeBorder;

/** Where a file is begun that no checkpoint of this instance knows. */
export interface Beginning {
  readonly offset: number;
  readonly inherited: Inherited;
  /** Bytes that are passed over because another instance wrote them. */
  readonly leftOut: number;
}

/**
 * What was last written before the landing was written by others. A file that was written to since may hold both, and only the
 * times of its lines tell; without them it is this instance's, for nothing of that may be lost. Later on a new file is new.
 */
export function beginningOf(
  { size, mtimeMs }: FileStat,
  rules: FileRules,
  around: { readonly now: number; readonly landing: Landing | undefined; readonly isFirstLook: boolean },
): Beginning {
  const { now, landing, isFirstLook } = around;
  const { startAt, ignoreOlderMs } = rules;
  const isOld = ignoreOlderMs !== undefined && mtimeMs < now - ignoreOlderMs;
  if (isOld || (isFirstLook && startAt === 'end')) return { offset: size, inherited: 0, leftOut: 0 };
  if (!landing) return FROM_THE_START;
  if (mtimeMs >= landing.at) {
    const tellsTimes = isFirstLook && rules.text.time !== undefined;
    return tellsTimes ? { ...FROM_THE_START, inherited: new TimeBorder(landing.at) } : FROM_THE_START;
  }
  return rules.inherited === 'skip'
    ? { offset: size, inherited: 0, leftOut: size }
    : { offset: 0, inherited: size, leftOut: 0 };
}

const FROM_THE_START: Beginning = { offset: 0, inherited: 0, leftOut: 0 };

/** As a checkpoint has it. */
export function inheritedAgain(kept: number | 'sought', landing: Landing | undefined): Inherited {
  if (kept !== 'sought') return kept;
  return landing ? new TimeBorder(landing.at) : 0;
}

/**
 * How many of the events that were just read, the first of them, another instance wrote. One that began before the border is older.
 * @param offset in the file, where the read began. @param shift from offsets of the file to the `end` of events.
 */
export function countInherited(
  file: { inherited: Inherited },
  events: readonly LogEvent[],
  offset: number,
  shift: number,
): number {
  const { inherited } = file;
  const startOf = (index: number): number => (events[index - 1]?.end ?? offset + shift) - shift;
  if (typeof inherited === 'number') {
    if (offset >= inherited) return 0;
    const own = events.findIndex((_, index) => startOf(index) >= inherited);
    return own < 0 ? events.length : own;
  }
  const { older, isPassed } = inherited.take();
  // What is not acknowledged is read again after a crash: by then the place is known.
  if (isPassed) file.inherited = older > 0 || inherited.hasOlder ? startOf(older) : 0;
  return older;
}

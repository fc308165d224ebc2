import type { Clock } from '#kit/clock.ts';
import { createIsoReader, type InstantReader } from './iso-time.ts';
import type { TimeFormat, WrittenTime } from './time-format.ts';
import type { TimeZone } from './time-zone.ts';
import { zoneOfName } from './zone-names.ts';

export interface TimeRules {
  /** `iso` is read without a regular expression. */
  readonly format: TimeFormat | 'iso';
  /** Zone of lines that name none. */
  readonly zone: TimeZone;
}

/** When the event happened, epoch milliseconds; one reader a file. */
export type EventTime = (message: string) => number;

/** Who wants to know of each event when it was written; undefined when it does not say. */
export interface WrittenTimes {
  note(written: number | undefined): void;
}

/** How long the time of a line stands in for those behind it that have none. */
const LENT_MS = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/**
 * A line without a readable time happened when the line before it did, which is right for stack traces; a minute after the
 * last readable one, and before the first, it happened now: a format that no longer fits must not hold the clock for hours (case 43).
 *
 * @param written told of each event in turn.
 */
export function createEventTime(
  rules: TimeRules | undefined,
  clock: Clock,
  written: readonly WrittenTimes[] = [],
): EventTime {
  if (!rules) return () => clock.now();
  const read = createInstantReader(rules, clock);
  let last: number | undefined;
  let readAt = 0;
  return (message) => {
    const found = read(message, last);
    for (const one of written) one.note(found);
    const monotonic = clock.monotonic();
    if (found === undefined) return last !== undefined && monotonic - readAt <= LENT_MS ? last : clock.now();
    last = found;
    readAt = monotonic;
    return found;
  };
}

/** The time that a line bears; one reader a file. */
export function createInstantReader({ format, zone }: TimeRules, clock: Clock): InstantReader {
  if (format === 'iso') return createIsoReader(zone);
  return (line, last) => {
    const written = format(line);
    return written && instantOf(written, zone, clock.now(), last);
  };
}

/**
 * Fields that are not written are the latest that are not after tomorrow, or, when only a time of day is written, not more than an
 * hour ahead: a log speaks of the past, so `Dec 31` read on January 1
 * is last year's, and `Feb 29` that of the last leap year (case 44).
 */
export function instantOf(
  written: WrittenTime,
  configured: TimeZone,
  now: number,
  last?: number,
): number | undefined {
  if (written.epochMs !== undefined) return written.epochMs;
  if (written.epoch !== undefined) return written.epoch * 1000 + (written.millisecond ?? 0);
  const zone = zoneOf(written, configured, now);
  if (zone === undefined) return undefined;
  const today = new Date(zone.wallOf(now));
  const { year: itsYear, month, day, yearDay } = written;
  if (itsYear === undefined && month === undefined && day === undefined && yearDay === undefined) {
    const wall =
      Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate()) + timeOfDay(written);
    return latest([wall + DAY, wall, wall - DAY], zone, now + HOUR, last);
  }
  if (itsYear !== undefined) {
    const wall = wallOf(written, itsYear);
    return wall === undefined ? undefined : zone.instantOf(wall, last);
  }
  const years = Array.from({ length: 10 }, (_, back) => today.getUTCFullYear() + 1 - back);
  const walls = years.map((year) => wallOf(written, year)).filter((wall) => wall !== undefined);
  return latest(walls, zone, now + DAY, last);
}

/** Undefined for one that is written and not understood: another in its place would shift the event by hours. */
function zoneOf(written: WrittenTime, configured: TimeZone, now: number): TimeZone | undefined {
  if (written.zone === undefined) return configured;
  const wall = written.year === undefined ? now : wallOf(written, written.year);
  const zone = zoneOfName(written.zone, configured, wall);
  return zone === 'unknown' ? undefined : zone;
}

/** The first, of walls that go back in time, that is not after `limit`. */
function latest(
  walls: readonly number[],
  zone: TimeZone,
  limit: number,
  last: number | undefined,
): number | undefined {
  return walls.map((wall) => zone.instantOf(wall, last)).find((instant) => instant <= limit);
}

/** Undefined for a day that the year has not. */
function wallOf(written: WrittenTime, year: number): number | undefined {
  const { month, day, yearDay } = written;
  const isByYearDay = yearDay !== undefined && month === undefined && day === undefined;
  const [inMonth, inDay] = isByYearDay ? [1, yearDay] : [month ?? 1, day ?? 1];
  const midnight = Date.UTC(year, inMonth - 1, inDay);
  const found = new Date(midnight);
  // What is not there has become a day of another year, or of another month.
  const isThere = isByYearDay ? found.getUTCFullYear() === year : found.getUTCDate() === inDay;
  return isThere ? midnight + timeOfDay(written) : undefined;
}

function timeOfDay({ hour = 0, minute = 0, second = 0, millisecond = 0 }: WrittenTime): number {
  return ((hour * 60 + minute) * 60 + second) * 1000 + millisecond;
}

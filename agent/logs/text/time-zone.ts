const QUARTER_HOUR = 900_000;
const DAY = 86_400_000;

/** A zone as times of the clock on the wall become instants. */
export interface TimeZone {
  /**
   * @param wall the time on the wall, as if it were UTC, in epoch milliseconds.
   * @param notBefore decides in the hour that comes twice in autumn: the first of both, unless it is before this.
   */
  instantOf(wall: number, notBefore?: number): number;
  /** The time on the wall at an instant, as if it were UTC. */
  wallOf(instant: number): number;
}

export const UTC: TimeZone = { instantOf: (wall) => wall, wallOf: (instant) => instant };

/** `UTC`, an offset as `+02:00`, a name of the IANA data base, or `local`. Undefined when there is no such zone. */
export function timeZoneOf(name: string): TimeZone | undefined {
  if (/^(utc|gmt|z)$/i.test(name)) return UTC;
  const fixed = /^([+-])(\d\d):?(\d\d)$/.exec(name);
  if (fixed)
    return fixedZone((fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3])) * 60_000);
  try {
    return namedZone(
      new Intl.DateTimeFormat('en-US', {
        ...(name === 'local' ? {} : { timeZone: name }),
        timeZoneName: 'longOffset',
      }),
    );
  } catch {
    return undefined;
  }
}

export function fixedZone(offset: number): TimeZone {
  return { instantOf: (wall) => wall - offset, wallOf: (instant) => instant + offset };
}

function namedZone(format: Intl.DateTimeFormat): TimeZone {
  const offsetAt = lastOffset(format);
  return {
    wallOf: (instant) => instant + offsetAt(instant),
    instantOf: (wall, notBefore) => {
      const before = offsetAt(wall - DAY);
      const after = offsetAt(wall + DAY);
      if (before === after) return wall - before;
      const valid = [wall - before, wall - after].filter((instant) => instant + offsetAt(instant) === wall);
      // An hour that spring leaves out: as if the clock had not been put forward yet.
      const [first = wall - before, second] = valid.toSorted((a, b) => a - b);
      return second !== undefined && notBefore !== undefined && first < notBefore ? second : first;
    },
  };
}

/** Zones change at quarters of an hour only, and lines come in the order of time: a few quarters are enough to remember. */
function lastOffset(format: Intl.DateTimeFormat): (instant: number) => number {
  const known = new Map<number, number>();
  return (instant) => {
    const quarter = Math.floor(instant / QUARTER_HOUR);
    const kept = known.get(quarter);
    if (kept !== undefined) return kept;
    if (known.size >= 256) known.clear();
    const offset = readOffset(format, quarter * QUARTER_HOUR);
    known.set(quarter, offset);
    return offset;
  };
}

/** `longOffset` prints `GMT`, `GMT+02:00`, and seconds where a zone had them before railways. */
function readOffset(format: Intl.DateTimeFormat, instant: number): number {
  const text = format.formatToParts(instant).find((part) => part.type === 'timeZoneName')?.value ?? '';
  const [, sign, hours = '0', minutes = '0', seconds = '0'] =
    /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?/.exec(text) ?? [];
  const size = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -size : size;
}

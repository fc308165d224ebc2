import { fixedZone, timeZoneOf, UTC, type TimeZone } from './time-zone.ts';

const HOUR = 3_600_000;

/**
 * Hours from UTC of the names that mean one zone in logs, and of those that mean several: the first is what logs in English mean,
 * unless it is `?`; another one is meant where the configured zone has it.
 */
const HOURS: Readonly<Record<string, readonly (number | '?')[]>> = {
  EST: [-5],
  EDT: [-4],
  CST: [-6, 8, -5],
  CDT: [-5, -4],
  MST: [-7, 6.5, 8],
  MDT: [-6],
  PST: [-8, 8],
  PDT: [-7],
  AKST: [-9],
  AKDT: [-8],
  HST: [-10],
  HDT: [-9],
  NST: [-3.5],
  NDT: [-2.5],
  AST: ['?', -4, 3],
  ADT: ['?', -3, 4],
  BRT: [-3],
  BRST: [-2],
  ART: [-3],
  CLT: [-4],
  CLST: [-3],
  COT: [-5],
  PET: [-5],
  WET: [0],
  WEST: [1],
  BST: ['?', 1, 6, 11],
  IST: ['?', 5.5, 1, 2],
  IDT: [3],
  CET: [1],
  CEST: [2],
  MET: [1],
  MEST: [2],
  EET: [2],
  EEST: [3],
  TRT: [3],
  MSK: [3],
  MSD: [4],
  SAST: [2],
  CAT: [2],
  EAT: [3],
  WAT: [1],
  GST: ['?', 4, -2],
  PKT: [5],
  NPT: [5.75],
  ICT: [7],
  WIB: [7],
  WITA: [8],
  WIT: [9],
  SGT: [8],
  MYT: [8],
  PHT: [8],
  HKT: [8],
  AWST: [8],
  JST: [9],
  KST: [9],
  ACST: [9.5],
  ACDT: [10.5],
  AEST: [10],
  AEDT: [11],
  CHST: [10],
  NZST: [12],
  NZDT: [13],
  SST: ['?', -11, 8],
  // Twelve hours twice, where a time of twenty-four was expected: not to be read as such.
  AM: ['?'],
  PM: ['?'],
};

/**
 * A zone as lines name it: `CET`, `GMT+3`, `-03`, `Europe/Dublin`. `unknown` for a name of several zones of which none is that of
 * `configured`; undefined for what is no name of a zone that is known.
 */
export function zoneOfName(
  name: string,
  configured: TimeZone,
  wall: number | undefined,
): TimeZone | 'unknown' | undefined {
  const upper = name.toUpperCase();
  if (upper === 'UTC' || upper === 'GMT' || upper === 'Z' || upper === 'UT') return UTC;
  const hours = Object.hasOwn(HOURS, upper) ? HOURS[upper] : posixHours(upper);
  if (hours === undefined) return zoneOfLongName(name);
  const offset = wall === undefined ? undefined : wall - configured.instantOf(wall);
  const meant = hours.find((one) => one !== '?' && one * HOUR === offset) ?? hours[0];
  return meant === undefined || meant === '?' ? 'unknown' : fixedZone(meant * HOUR);
}

/** `GMT+3` is three hours west of Greenwich to POSIX and PostgreSQL, and east of it to Java and browsers. */
function posixHours(upper: string): (typeof HOURS)[string] | undefined {
  const hours = Number(/^(?:UTC|GMT)([+-]\d{1,2})$/.exec(upper)?.[1] ?? Number.NaN);
  return Number.isNaN(hours) ? undefined : hours === 0 ? [0] : ['?', hours, -hours];
}

/** `GMT+03:00`, which only those print that mean the east. */
const WITH_OFFSET = /^(?:UTC|GMT)?([+-]\d.*)$/i;

/** Lines of one file name one or two. */
const known = new Map<string, TimeZone | undefined>();
const MOST_KNOWN = 64;

function zoneOfLongName(name: string): TimeZone | undefined {
  const written = WITH_OFFSET.exec(name)?.[1];
  const offset = written === undefined ? undefined : offsetOf(written);
  if (offset !== undefined) return fixedZone(offset);
  if (!/^[A-Za-z]+(?:\/[A-Za-z_+-]+){1,2}$/.test(name)) return undefined;
  if (!known.has(name)) {
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(name, timeZoneOf(name));
  }
  return known.get(name);
}

const WRITTEN_OFFSET = /^([+-])(?:(\d{1,2})(?::([0-5]\d)(?::[0-5]\d)?)?|(\d\d)([0-5]\d)(?:[0-5]\d)?)$/;

/** Of `+02:00`, `-0330`, `+09`, `+3`, in milliseconds; undefined for what no place on earth has. */
export function offsetOf(text: string): number | undefined {
  const [, sign, short, shortMinutes = '0', long = '', longMinutes = '0'] = WRITTEN_OFFSET.exec(text) ?? [];
  const minutes =
    short === undefined ? Number(long) * 60 + Number(longMinutes) : Number(short) * 60 + Number(shortMinutes);
  if (sign === undefined || minutes > 15 * 60) return undefined;
  return (sign === '-' ? -minutes : minutes) * 60_000;
}

import type { TimeZone } from './time-zone.ts';
import { offsetOf, zoneOfName } from './zone-names.ts';

/** @param last the time of the line before, which decides in the hour that comes twice. Epoch milliseconds. */
export type InstantReader = (line: string, last?: number) => number | undefined;

/**
 * The times of RFC 3339 and their neighbours (a space or `T`, a comma or a dot, any number of decimals, zone or none) at
 * the front of a line, or where logs have them else (`beginningOf`): most logs have these, and a regular expression a line costs
 * more than all the rest of reading it. A zone that is written and not understood makes it no time: to take another for it would
 * shift the event by hours.
 *
 * One reader a file: it remembers the minute, which the next line shares.
 * @param configured of lines that name none.
 */
export function createIsoReader(configured: TimeZone): InstantReader {
  let minuteText = '';
  let minuteAt = 0;
  return (line, last) => {
    const start = beginningOf(line);
    if (start < 0 || line.charCodeAt(start + 13) !== COLON || line.charCodeAt(start + 16) !== COLON)
      return undefined;
    if (minuteText === '' || !line.startsWith(minuteText, start)) {
      const text = line.slice(start, start + 16);
      const minute = minuteOf(text);
      if (minute === undefined) return undefined;
      minuteText = text;
      minuteAt = minute;
    }
    const seconds = twoDigits(line, start + 17);
    if (!(seconds <= 60)) return undefined;
    let at = start + 19;
    let fraction = 0;
    const mark = line.charCodeAt(at);
    if (mark === DOT || mark === COMMA) {
      let weight = 100;
      for (at += 1; isDigit(line.charCodeAt(at)); at += 1) {
        fraction += (line.charCodeAt(at) - ZERO) * weight;
        weight /= 10;
      }
    }
    const wall = minuteAt + seconds * 1000 + Math.trunc(fraction);
    const zone = zoneAt(line, at, configured, wall);
    if (zone === undefined) return configured.instantOf(wall, last);
    if (zone === 'unknown') return undefined;
    return typeof zone === 'number' ? wall - zone : zone.instantOf(wall, last);
  };
}

const ZERO = 0x30;
const COLON = 0x3a;
const DOT = 0x2e;
const COMMA = 0x2c;
const SPACE = 0x20;

/** A time stands near the front: no line is searched further, however long it is. */
const SEARCHED = 1024;

const NAMES =
  '@?timestamp|@?time|@t|ts?|date|datetime|date_?time|event_?time|log_?time|asctime|created(?:_?at)?';
const IN_JSON = new RegExp(`"(?:${NAMES})"\\s*:\\s*"(?=\\d{4}[-/])`, 'i');
/** logfmt, as Go programs write it. */
const IN_PAIRS = new RegExp(`^(?:level=\\S+ )?(?:${NAMES})="?(?=\\d{4}[-/])`, 'i');
/** Priority in front of a syslog time, in version 1 and before: `<134>1 2026-...`. */
const PRIORITY = /^<\d{1,3}>(?:\d{1,2} )?/;
const BRACKETS = /^[[({"'\s]{1,8}(?=\d{4}[-/])/;

/** Where a time may begin: at the front, behind brackets or the priority of syslog, in a field of JSON or logfmt. -1: nowhere. */
function beginningOf(line: string): number {
  const first = line.charCodeAt(0);
  if (isDigit(first)) return 0;
  if (first === 0x7b) {
    const found = IN_JSON.exec(line.length > SEARCHED ? line.slice(0, SEARCHED) : line);
    return found ? found.index + found[0].length : -1;
  }
  if (first === 0x3c) return PRIORITY.exec(line)?.[0].length ?? -1;
  if (isLetter(first) || first === 0x40) return IN_PAIRS.exec(line)?.[0].length ?? -1;
  return BRACKETS.exec(line)?.[0].length ?? -1;
}

function minuteOf(text: string): number | undefined {
  if (!/^\d{4}[-/](?:0[1-9]|1[0-2])[-/](?:0[1-9]|[12]\d|3[01])[Tt ](?:[01]\d|2[0-3]):[0-5]\d/.test(text)) {
    return undefined;
  }
  const day = Number(text.slice(8, 10));
  const at = Date.UTC(
    Number(text.slice(0, 4)),
    Number(text.slice(5, 7)) - 1,
    day,
    Number(text.slice(11, 13)),
    Number(text.slice(14, 16)),
  );
  return new Date(at).getUTCDate() === day ? at : undefined;
}

const OFFSET = /[+-]\d{1,6}(?::\d\d){0,2}/y;
/** `CET`, `GMT+3`, `Europe/Dublin`. */
const NAME = /[A-Za-z]{1,32}(?:(?:[/_][A-Za-z]{1,32}){1,3}|[+-]\d{1,2}(?::?\d\d)?)?(?![A-Za-z\d])/y;

/** An offset in milliseconds, or a zone; undefined where none is written. */
function zoneAt(
  line: string,
  at: number,
  configured: TimeZone,
  wall: number,
): number | TimeZone | 'unknown' | undefined {
  const isSpaced = line.charCodeAt(at) === SPACE;
  const from = isSpaced ? at + 1 : at;
  const first = line.charCodeAt(from);
  if ((first === 0x5a || first === 0x7a) && !isLetter(line.charCodeAt(from + 1))) return 0;
  if (first === 0x2b || first === 0x2d) {
    // Behind a space it may be anything: ` - INFO`, ` -5 items`.
    if (!isDigit(line.charCodeAt(from + 1)) || (isSpaced && !isDigit(line.charCodeAt(from + 2))))
      return undefined;
    OFFSET.lastIndex = from;
    const offset = offsetOf(OFFSET.exec(line)?.[0] ?? '');
    return offset ?? (isSpaced ? undefined : 'unknown');
  }
  if (!isLetter(first) || (isSpaced && first > 0x5a)) return undefined;
  NAME.lastIndex = from;
  const name = NAME.exec(line)?.[0];
  const zone = name === undefined ? undefined : zoneOfName(name, configured, wall);
  // A word behind a space is nearly always the level.
  return zone ?? (isSpaced ? undefined : 'unknown');
}

/** NaN when they are no digits. */
function twoDigits(line: string, at: number): number {
  const tens = line.charCodeAt(at);
  const ones = line.charCodeAt(at + 1);
  return isDigit(tens) && isDigit(ones) ? (tens - ZERO) * 10 + (ones - ZERO) : Number.NaN;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= 0x39;
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

import { fixedZone, type TimeZone } from './time-zone.ts';
import { zoneOfAbbreviation } from './zone-abbreviations.ts';

/** The fields that a format found in a line; what it does not name is absent. */
export interface WrittenTime {
  year?: number;
  /** 1 to 12. */
  month?: number;
  day?: number;
  /** Of the year, 1 to 366; stands in for a month and day that are not written. */
  yearDay?: number;
  hour?: number;
  minute?: number;
  second?: number;
  millisecond?: number;
  /** Of the line itself, which wins over the configured one. */
  zone?: TimeZone;
  /** Seconds since the epoch: nothing else is needed. */
  epoch?: number;
}

/** Where a format first fits in the beginning of a line; undefined where it does not. */
export type TimeFormat = (line: string) => WrittenTime | undefined;

/** A time stands in front: no line is searched further, however long it is. */
const SEARCHED = 1024;

/**
 * A format of strftime(3): `%Y %y %m %b %B %d %e %H %I %p %M %S %f %L %z %Z %s %a %A %j %T %D %F %R %%`. Numbers may
 * be written with fewer digits, as syslog and Java do.
 * @returns the reason, as text, when there is no such format.
 */
export function compileTimeFormat(format: string): TimeFormat | string {
  const fields: Field[] = [];
  let pattern = '';
  for (let at = 0; at < spelt(format).length; at += 1) {
    const character = spelt(format).charAt(at);
    if (character !== '%') {
      pattern += character === ' ' ? ' +' : escaped(character);
      continue;
    }
    at += 1;
    const letter = spelt(format).charAt(at);
    const directive = DIRECTIVES[letter];
    if (letter === '%') pattern += '%';
    else if (!directive) return `%${letter} is no directive`;
    else {
      pattern += directive.read ? `(${directive.pattern})` : directive.pattern;
      if (directive.read) fields.push(directive.read);
    }
  }
  if (fields.length === 0) return 'it names no field of a time';
  return readerOf(new RegExp(pattern, 'i'), fields);
}

function readerOf(pattern: RegExp, fields: readonly Field[]): TimeFormat {
  return (line) => {
    const found = pattern.exec(line.length > SEARCHED ? line.slice(0, SEARCHED) : line);
    if (!found) return undefined;
    const written: WrittenTime = {};
    for (const [index, read] of fields.entries()) read(found[index + 1] ?? '', written);
    return written;
  };
}

type Field = (text: string, written: WrittenTime) => void;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAY = '(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\\.?';

/** No pattern of the table, nor any row of them, can be matched in more than a few ways: V8's engine is linear on them. */
const DIRECTIVES: Readonly<Record<string, { pattern: string; read?: Field }>> = {
  Y: { pattern: '\\d{4}', read: (text, time) => void (time.year = Number(text)) },
  // As POSIX says: 69 to 99 are of the last century.
  y: {
    pattern: '\\d\\d',
    read: (text, time) => void (time.year = Number(text) + (Number(text) < 69 ? 2000 : 1900)),
  },
  m: { pattern: '1[0-2]|0?[1-9]', read: (text, time) => void (time.month = Number(text)) },
  b: monthName(),
  B: monthName(),
  h: monthName(),
  d: dayOfMonth(),
  e: dayOfMonth(),
  H: { pattern: '2[0-3]|[01]?\\d', read: (text, time) => void (time.hour = Number(text)) },
  I: {
    pattern: '1[0-2]|0?[1-9]',
    read: (text, time) => void (time.hour = (Number(text) % 12) + (time.hour ?? 0)),
  },
  p: {
    pattern: '[ap]\\.?m\\.?',
    read: (text, time) => void (time.hour = (time.hour ?? 0) + (/^p/i.test(text) ? 12 : 0)),
  },
  M: { pattern: '[0-5]?\\d', read: (text, time) => void (time.minute = Number(text)) },
  // A leap second, 60, is the first of the next minute.
  S: { pattern: '60|[0-5]?\\d', read: (text, time) => void (time.second = Number(text)) },
  f: {
    pattern: '\\d{1,9}',
    read: (text, time) => void (time.millisecond = Math.trunc(Number(`0.${text}`) * 1000)),
  },
  L: { pattern: '\\d{3}', read: (text, time) => void (time.millisecond = Number(text)) },
  z: { pattern: 'Z|[+-]\\d\\d:?\\d\\d', read: (text, time) => void (time.zone = fixedZone(offsetOf(text))) },
  Z: {
    pattern: '[A-Z]{1,5}',
    read: (text, time) => {
      const zone = zoneOfAbbreviation(text);
      if (zone) time.zone = zone;
    },
  },
  s: { pattern: '\\d{9,11}', read: (text, time) => void (time.epoch = Number(text)) },
  a: { pattern: WEEKDAY },
  A: { pattern: WEEKDAY },
  j: { pattern: '\\d{1,3}', read: (text, time) => void (time.yearDay = Number(text)) },
};

function monthName(): { pattern: string; read: Field } {
  return {
    pattern: `(?:${MONTHS.join('|')})[a-z]*\\.?`,
    read: (text, time) => void (time.month = MONTHS.indexOf(text.slice(0, 3).toLowerCase()) + 1),
  };
}

function dayOfMonth(): { pattern: string; read: Field } {
  return {
    pattern: '3[01]|[12]\\d|0?[1-9]| [1-9]',
    read: (text, time) => void (time.day = Number(text)),
  };
}

function offsetOf(text: string): number {
  if (/^z$/i.test(text)) return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(-2));
  return (text.startsWith('-') ? -minutes : minutes) * 60_000;
}

const SHORT = { T: '%H:%M:%S', D: '%m/%d/%y', F: '%Y-%m-%d', R: '%H:%M' } as const;

function spelt(format: string): string {
  return format.replaceAll(
    /%([TDFR%])/g,
    (whole, letter: string) => SHORT[letter as keyof typeof SHORT] ?? whole,
  );
}

function escaped(character: string): string {
  return character.replace(/[\\^$.|?*+()[\]{}/]/, '\\$&');
}

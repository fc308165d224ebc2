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
  /** Of the line itself, which wins over the configured one; see `zoneOfName`. */
  zone?: string;
  /** Seconds since the epoch: nothing else is needed but a fraction. */
  epoch?: number;
  /** Milliseconds since the epoch, where the number has more digits than seconds have. */
  epochMs?: number;
}

/** Where a format first fits in the beginning of a line; undefined where it does not. */
export type TimeFormat = (line: string) => WrittenTime | undefined;

/** A time stands in front: no line is searched further, however long it is. */
const SEARCHED = 1024;

/**
 * A format of strftime(3), found where it first fits in a line: `%Y %y %m %b %B %d %e %H %I %p %M %S %f %L %z %Z %s %a %A %j %T %D %F %R %%`. Numbers may
 * be written with fewer digits, as syslog and Java do. `%s` takes a whole number and tells by its digits whether it counts seconds,
 * milli-, micro- or nanoseconds; `%s%L` and `%s%f` mean the same.
 * @returns the reason, as text, when there is no such format.
 */
export function compileTimeFormat(format: string): TimeFormat | string {
  const fields: Field[] = [];
  const pattern = translated(format, ({ pattern: one, read, isWhole }) => {
    if (!read) return one;
    fields.push(read);
    return isWhole === true ? `(?<!\\d)(${one})(?!\\d)` : `(${one})`;
  });
  if (typeof pattern === 'object') return pattern.wrong;
  if (fields.length === 0) return 'it names no field of a time';
  return readerOf(new RegExp(pattern, 'i'), fields);
}

/** A pattern of RE2 for where a format fits, to stand in a longer one. The format compiles. */
export function timePatternOf(format: string): string {
  const pattern = translated(format, ({ pattern: one }) => `(?:${one})`);
  return typeof pattern === 'string' ? `(?i:${pattern})` : '';
}

function translated(
  format: string,
  patternOf: (directive: Directive) => string,
): string | { readonly wrong: string } {
  const text = spelt(format);
  let pattern = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character !== '%') {
      pattern += character === ' ' ? ' +' : escaped(character);
      continue;
    }
    at += 1;
    const letter = text.charAt(at);
    const directive = Object.hasOwn(DIRECTIVES, letter) ? DIRECTIVES[letter] : undefined;
    if (letter === '%') pattern += '%';
    else if (!directive) return { wrong: `%${letter} is no directive` };
    else pattern += patternOf(directive);
  }
  return pattern;
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

/** Of a zone; the seconds some zones had before railways stand for nothing. */
const OFFSET = '[+-]\\d\\d?(?::?\\d\\d)?(?::?\\d\\d)?';
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAY = '(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\\.?';

/** No pattern of the table, nor any row of them, can be matched in more than a few ways: V8's engine is linear on them. */
interface Directive {
  readonly pattern: string;
  readonly read?: Field;
  /** No part of a longer number. */
  readonly isWhole?: true;
}

const DIRECTIVES: Readonly<Record<string, Directive>> = {
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
  z: { pattern: `Z|${OFFSET}`, read: (text, time) => void (time.zone = text) },
  Z: {
    // Where a zone has no letters, strftime prints its offset.
    pattern: `[A-Z]+(?:/[A-Z_]+)+|[A-Z]{1,5}(?:${OFFSET})?|${OFFSET}`,
    read: (text, time) => void (time.zone = text),
  },
  // Of any other length is no time before 2286, and CloudWatch rejects what is ahead: tenths of a second, `20261121100000`.
  s: { pattern: '\\d{18,19}|\\d{15,16}|\\d{12,13}|\\d{9,10}', read: readEpoch, isWhole: true },
  a: { pattern: WEEKDAY },
  A: { pattern: WEEKDAY },
  j: { pattern: '\\d{1,3}', read: (text, time) => void (time.yearDay = Number(text)) },
};

function readEpoch(text: string, time: WrittenTime): void {
  const digits = text.length;
  if (digits <= 10) time.epoch = Number(text);
  else if (digits <= 13) time.epochMs = Number(text);
  else time.epochMs = Number(text.slice(0, digits <= 16 ? -3 : -6));
}

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

const SHORT = { T: '%H:%M:%S', D: '%m/%d/%y', F: '%Y-%m-%d', R: '%H:%M' } as const;

function spelt(format: string): string {
  return format
    .replaceAll(/%([TDFR%])/g, (whole, letter: string) => SHORT[letter as keyof typeof SHORT] ?? whole)
    .replaceAll(/%(?:s%[Lf]|[^])/g, (whole) => (whole.startsWith('%s') ? '%s' : whole));
}

function escaped(character: string): string {
  return character.replace(/[\\^$.|?*+()[\]{}/]/, '\\$&');
}

/**
 * The times of RFC 3339 and their neighbours (a space or `T`, a comma or a dot, any number of decimals, zone or none) at
 * the front of a line: most logs have these, and a regular expression a line costs more than all the rest of reading it.
 */
export interface IsoTime {
  /** As if it were UTC. */
  readonly wall: number;
  /** Offset from UTC in milliseconds; undefined when none is written. */
  readonly offset: number | undefined;
}

/** One reader a file: it remembers the minute, which the next line shares. */
export function createIsoReader(): (line: string) => IsoTime | undefined {
  let minuteText = '';
  let minuteAt = 0;
  return (line) => {
    if (line.length < 19 || line.charCodeAt(13) !== COLON || line.charCodeAt(16) !== COLON) return undefined;
    if (minuteText === '' || !line.startsWith(minuteText)) {
      const minute = minuteOf(line);
      if (minute === undefined) return undefined;
      minuteText = line.slice(0, 16);
      minuteAt = minute;
    }
    const seconds = twoDigits(line, 17);
    if (!(seconds <= 60)) return undefined;
    let at = 19;
    let fraction = 0;
    const mark = line.charCodeAt(at);
    if (mark === DOT || mark === COMMA) {
      let weight = 100;
      for (at += 1; isDigit(line.charCodeAt(at)); at += 1) {
        fraction += (line.charCodeAt(at) - ZERO) * weight;
        weight /= 10;
      }
    }
    return { wall: minuteAt + seconds * 1000 + Math.trunc(fraction), offset: offsetAt(line, at) };
  };
}

const ZERO = 0x30;
const COLON = 0x3a;
const DOT = 0x2e;
const COMMA = 0x2c;

function minuteOf(line: string): number | undefined {
  if (
    !/^\d{4}[-/](?:0[1-9]|1[0-2])[-/](?:0[1-9]|[12]\d|3[01])[T ](?:[01]\d|2[0-3]):[0-5]\d/.test(
      line.slice(0, 16),
    )
  ) {
    return undefined;
  }
  const day = Number(line.slice(8, 10));
  const at = Date.UTC(
    Number(line.slice(0, 4)),
    Number(line.slice(5, 7)) - 1,
    day,
    Number(line.slice(11, 13)),
    Number(line.slice(14, 16)),
  );
  return new Date(at).getUTCDate() === day ? at : undefined;
}

function offsetAt(line: string, at: number): number | undefined {
  const space = line.charCodeAt(at) === 0x20 ? 1 : 0;
  const first = line.charCodeAt(at + space);
  if (first === 0x5a && !(line.charCodeAt(at + space + 1) >= 0x41)) return 0;
  if (first !== 0x2b && first !== 0x2d) return undefined;
  const hours = twoDigits(line, at + space + 1);
  const minutes = twoDigits(line, at + space + (line.charCodeAt(at + space + 3) === COLON ? 4 : 3));
  if (!(hours <= 23 && minutes <= 59)) return undefined;
  return (first === 0x2d ? -1 : 1) * (hours * 60 + minutes) * 60_000;
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

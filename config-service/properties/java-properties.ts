import { A_STEP, type Steps } from '../kit/steps.ts';
import type { Entry } from './entry.ts';
import type { Findings } from './findings.ts';
import { shownKey } from './findings.ts';
import type { LogicalLine } from './logical-line.ts';
import { isBlank, logicalLines, sourceOffset } from './logical-line.ts';
import { createFinder, type Place } from './text-position.ts';

/**
 * `.properties` exactly as java.util.Properties reads it from a `Reader` (JDK 17): the test table holds its vectors and
 * an oracle test asks a real JVM. A malformed `\u` escape, where Java throws, is a problem with a place.
 * The last of several equal keys wins, with a warning.
 */
export function* parseProperties(text: string, findings: Findings): Steps<readonly Entry[]> {
  const entries: Entry[] = [];
  const backslash = createFinder(text, '\\');
  let texts: string[] = [];
  let places: Place[] = [];
  for (const line of logicalLines(text)) {
    if (line.text === text && backslash(line.from) >= line.to) {
      PLAIN.lastIndex = line.from;
      const parts = PLAIN.exec(text);
      texts.push(parts?.[1] ?? '', parts?.[2] ?? '');
    } else {
      const { keyEnd, valueStart } = split(line);
      texts.push(unescape(line, line.from, keyEnd, findings), unescape(line, valueStart, line.to, findings));
    }
    places.push(line.place);
    if (places.length < A_STEP) continue;
    addEntries(entries, detach(texts), places);
    texts = [];
    places = [];
    yield;
  }
  addEntries(entries, detach(texts), places);
  const names = new Set(entries.map(({ key }) => key));
  yield;
  return names.size === entries.length ? entries : lastOfEach(entries, findings);
}

/** @param texts each key, and its value behind it. */
function addEntries(entries: Entry[], texts: readonly string[], places: readonly Place[]): void {
  let at = 0;
  for (const { line, column } of places) {
    entries.push({ key: texts[at] ?? '', value: texts[at + 1] ?? '', line, column });
    at += 2;
  }
}

function lastOfEach(entries: readonly Entry[], findings: Findings): readonly Entry[] {
  const last = new Map<string, Entry>();
  for (const entry of entries) {
    const earlier = last.get(entry.key);
    if (earlier !== undefined) {
      const message = `duplicate key ${shownKey(entry.key)}: also set on line ${earlier.line}; the last one wins`;
      findings.warningAt({ line: entry.line, column: entry.column }, message, 'LF_DUPLICATE_KEY');
    }
    last.set(entry.key, entry);
  }
  return [...last.values()];
}

/**
 * The same texts, as texts of their own. V8 makes a slice a pointer into what it was cut from: three times slower to compare,
 * which sorting and looking up do a lot, and one that is kept keeps the whole file. JSON gives back what it was given, lone
 * surrogates too.
 */
function detach(slices: readonly string[]): readonly string[] {
  return JSON.parse(JSON.stringify(slices)) as string[];
}

/** What `split` does, of a line without a backslash: nearly every one, and in a tenth of the time where there is no compiler. */
const PLAIN = /([^ \t\f=:\r\n]*)[ \t\f]*[=:]?[ \t\f]*([^\r\n]*)/y;

/** The key ends at the first unescaped blank, `=` or `:`; blanks and at most one `=` or `:` stand before the value. */
function split({ text, from, to }: LogicalLine): { keyEnd: number; valueStart: number } {
  let at = from;
  for (let unit = text.charCodeAt(at); at < to && !isBlank(unit) && !isSeparator(unit);) {
    at += unit === BACKSLASH ? 2 : 1;
    unit = text.charCodeAt(at);
  }
  const keyEnd = at;
  while (at < to && isBlank(text.charCodeAt(at))) at += 1;
  if (at < to && isSeparator(text.charCodeAt(at))) at += 1;
  while (at < to && isBlank(text.charCodeAt(at))) at += 1;
  return { keyEnd, valueStart: at };
}

const COLON = 0x3a;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

function isSeparator(unit: number): boolean {
  return unit === EQUALS || unit === COLON;
}

const HEX4 = /^[0-9a-fA-F]{4}$/;

function unescape(line: LogicalLine, from: number, to: number, findings: Findings): string {
  const text = line.text.slice(from, to);
  let result = '';
  let plain = 0;
  for (let at = text.indexOf('\\'); at !== -1; at = text.indexOf('\\', plain)) {
    result += text.slice(plain, at);
    plain = at + 2;
    const escaped = text.charAt(at + 1);
    if (escaped !== 'u') {
      const control = controlOf(escaped);
      result += control ?? escaped;
      if (control === undefined && /[a-zA-Z0-9]/.test(escaped)) lostBackslash(line, from + at, findings);
      continue;
    }
    const digits = text.slice(plain, plain + 4);
    if (HEX4.test(digits)) {
      result += String.fromCharCode(Number.parseInt(digits, 16));
      plain += 4;
    } else {
      findings.problem(
        sourceOffset(line, from + at),
        'malformed \\u escape; write \\u and four hex digits, or \\\\u',
      );
    }
  }
  return result + text.slice(plain);
}

/** Windows paths and regular expressions are written with a backslash that Java takes away without a word. */
function lostBackslash(line: LogicalLine, at: number, findings: Findings): void {
  const message = 'a backslash before this letter disappears; write \\\\ for one that stays';
  findings.warning(sourceOffset(line, at), message);
}

/** All there are: no `\b`, no octal. A backslash before anything else disappears. */
function controlOf(letter: string): string | undefined {
  switch (letter) {
    case 't':
      return '\t';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 'f':
      return '\f';
    default:
      return undefined;
  }
}

import type { Entry } from './entry.ts';
import type { Findings } from './findings.ts';
import { shownKey } from './findings.ts';
import type { LogicalLine } from './logical-line.ts';
import { isBlank, logicalLines, sourceOffset } from './logical-line.ts';

/**
 * `.properties` exactly as java.util.Properties reads it from a `Reader` (JDK 17): the test table holds its vectors and
 * an oracle test asks a real JVM. A malformed `\u` escape, where Java throws, is a problem with a place.
 * The last of several equal keys wins, with a warning.
 */
export function parseProperties(text: string, findings: Findings): readonly Entry[] {
  const entries = new Map<string, Entry>();
  for (const line of logicalLines(text)) {
    const { keyEnd, valueStart } = split(line.text);
    const key = unescape(line, 0, keyEnd, findings);
    const value = unescape(line, valueStart, line.text.length, findings);
    const offset = sourceOffset(line, 0);
    const earlier = entries.get(key);
    if (earlier !== undefined) {
      const message = `duplicate key ${shownKey(key)}: also set on line ${earlier.line}; the last one wins`;
      findings.warning(offset, message, 'LF_DUPLICATE_KEY');
    }
    entries.set(key, { key, value, ...findings.place(offset) });
  }
  return [...entries.values()];
}

/** The key ends at the first unescaped blank, `=` or `:`; blanks and at most one `=` or `:` stand before the value. */
function split(line: string): { keyEnd: number; valueStart: number } {
  let at = 0;
  while (at < line.length && !isBlank(line.charCodeAt(at)) && !isSeparator(line[at])) {
    at += line[at] === '\\' ? 2 : 1;
  }
  const keyEnd = at;
  while (isBlank(line.charCodeAt(at))) at += 1;
  if (isSeparator(line[at])) at += 1;
  while (isBlank(line.charCodeAt(at))) at += 1;
  return { keyEnd, valueStart: at };
}

function isSeparator(character: string | undefined): boolean {
  return character === '=' || character === ':';
}

const HEX4 = /^[0-9a-fA-F]{4}$/;

function unescape(line: LogicalLine, from: number, to: number, findings: Findings): string {
  const { text } = line;
  let result = '';
  let plain = from;
  for (let at = text.indexOf('\\', from); at !== -1 && at < to; at = text.indexOf('\\', plain)) {
    result += text.slice(plain, at);
    plain = at + 2;
    const escaped = text.charAt(at + 1);
    if (escaped !== 'u') {
      result += controlOf(escaped) ?? escaped;
      continue;
    }
    const digits = text.slice(plain, Math.min(plain + 4, to));
    if (HEX4.test(digits)) {
      result += String.fromCharCode(Number.parseInt(digits, 16));
      plain += 4;
    } else {
      findings.problem(
        sourceOffset(line, at),
        'malformed \\u escape; write \\u and four hex digits, or \\\\u',
      );
    }
  }
  return result + text.slice(plain, to);
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

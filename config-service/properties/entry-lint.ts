import type { Problem } from '../kit/errors.ts';
import type { Entry } from './entry.ts';
import { shownKey } from './findings.ts';

/**
 * What a file says exactly, and nearly always against what its author meant; as warnings, in the order of the file. Values are
 * never repeated: they may be secret.
 */
export function lintEntries(file: string, entries: readonly Entry[]): readonly Problem[] {
  const isProperties = file.endsWith('.properties');
  const problems: Problem[] = [];
  for (const { key, value, line, column } of entries) {
    const tell = (message: string) => problems.push({ code: 'LF_PARSE', message, file, line, column });
    if (UNUSUAL.test(key) && INVISIBLE.test(key)) tell(invisibleKey(key));
    if (isProperties && BLANK_AT_END.test(value)) tell(blankAtEnd(key));
    if (value.includes('${') && SHELL_DEFAULT.test(value)) tell(shellDefault(key));
  }
  return problems;
}

/** Before what looks each character up in tables: 4% of a resolution. */
const UNUSUAL = /[^!-~]/;

/** All blanks but the common one (NBSP), control and format characters (zero-width, direction, soft hyphen), fillers of Hangul. */
const INVISIBLE = /(?! )[\p{Cc}\p{Cf}\p{Z}\u115f\u1160\u3164\uffa0]/u;

/** Also a blank that only an escape can put there is a blank. */
const BLANK_AT_END = /[ \t\f\u00a0]$/;

/** `${NAME:-default}` and its kin; a number may well begin with a sign. */
const SHELL_DEFAULT = /(?<!\$)\$\{[\w.-]{1,200}:(?:[=?]|[-+](?!\d*\.?\d+\}))/;

function invisibleKey(key: string): string {
  const escaped = shownKey(key).replaceAll(
    new RegExp(INVISIBLE, 'gu'),
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `the key ${escaped} holds a character that nobody sees: it is another key than the one it looks like`;
}

function blankAtEnd(key: string): string {
  return `the value of ${shownKey(key)} ends in a blank, which belongs to it; take it away, or write \\u0020 for one that is meant`;
}

function shellDefault(key: string): string {
  return `${shownKey(key)} has a default as a shell writes it: here the first colon splits, and what follows is the default; write \${NAME:default}`;
}

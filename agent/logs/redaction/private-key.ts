import type { Rule } from './built-in.ts';
import { REDACTED } from './redacted.ts';

const NAME = 'PRIVATE KEY';
const BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;
const END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;

/** A key of 16,384 bits has some 200 lines: what goes on for longer has lost its end. */
const MOST_LINES = 400;

/** A key in PEM (RFC 7468), whether it is one event or, as usual, an event a line. */
export function createPrivateKeyRule(): Rule {
  let linesLeft = 0;
  const fromBegin = (text: string): string => {
    const begin = text.includes(NAME) ? BEGIN.exec(text) : null;
    if (!begin) return text;
    linesLeft = MOST_LINES;
    return text.slice(0, begin.index) + inside(text.slice(begin.index + begin[0].length));
  };
  const inside = (text: string): string => {
    const end = text.includes(NAME) ? END.exec(text) : null;
    if (!end) {
      linesLeft -= 1;
      return REDACTED;
    }
    linesLeft = 0;
    return REDACTED + fromBegin(text.slice(end.index + end[0].length));
  };
  return (text) => (linesLeft > 0 ? inside(text) : fromBegin(text));
}

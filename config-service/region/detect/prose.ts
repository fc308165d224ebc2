import { endOfLine, startOfLine } from './candidates.ts';
import { isCommandLine, isCronLine } from './command-line.ts';
import { isSaying, isSentence } from './sentence.ts';
import type { TextRole } from './text-role.ts';

/** How much of a line decides whether it is a sentence. */
const REACH = 300;

/** Only these start a comment; `#define`, `#include` and a flag such as `--region` do not. */
const COMMENT =
  /^\s*(?:#(?!define\b|include\b|pragma\b|!)|\/\/|;|--\s|\/\*|\*\s|<!--|REM\s|[!%]\s|dnl\s|"""|''')/i;
/** Marks of comments that also begin an item of a list or a statement. */
const WEAK_COMMENT = /^\s*(?:;|\*\s|[!%]\s|--\s)/;
/** What the languages that scripts are written in begin a comment with. */
const SCRIPT_COMMENT = /^\s*(?:#(?!!)|\/\/|REM\s|--\s+\w)/i;
/** What systemd shows to people, of a unit (systemd.unit(5)). */
const UNIT_TEXT = /^(?:Description|Documentation)=/;
const TRAILING_COMMENT = /\s(?:#|\/\/)\s/;

const KEY = /(?:^|[\s"'`{(,;[#])([\w.-]+)["'`]?\s*(=>|:=|=|:)\s*(?:!!str\s+)?["'`[]?$/;
const NOTE = /^(?:todo|note|notes|fixme|xxx|hack|see|warning|important|caution|example|e\.g|i\.e|nb)$/i;
const ABOUT_REGION = /region|zone|location|(?:^|[_.-])az(?:s|[_.-]|$)/i;

/**
 * Whether a region's name that stands alone at [start, end) is part of a sentence, written for people. A commented-out
 * setting is not: someone will uncomment it. Nothing of a command or of a key is, of a script only its comments are.
 */
export function isProse(text: string, start: number, end: number, role: TextRole): boolean {
  if (role === 'command' || role === 'key') return false;
  const before = text.slice(startOfLine(text, start, REACH), start);
  const after = text.slice(end, endOfLine(text, end, REACH));
  const line = `${before}_${after}`;
  if (isCronLine(line)) return false;
  const comment = (role === 'script' ? SCRIPT_COMMENT : COMMENT).exec(before)?.[0];
  if (comment !== undefined) {
    const said = before.slice(comment.length);
    const isList = WEAK_COMMENT.test(comment) && !/\p{L}{2}/u.test(said + after);
    return !isList && !isSetting(said, after);
  }
  const trailing = TRAILING_COMMENT.exec(before);
  if (trailing && isOutsideQuotes(before.slice(0, trailing.index)))
    return !isSetting(before.slice(trailing.index + trailing[0].length), after);
  if (role === 'script') return UNIT_TEXT.test(before) && isSaying(before, after);
  return isSaying(before, after) || (!isCommandLine(line) && isSentence(before, after, role));
}

function isOutsideQuotes(text: string): boolean {
  return text.split('"').length % 2 === 1 && text.split("'").length % 2 === 1;
}

/** Inside a comment: `region: us-east-1`, `x="us-east-1"`, `--region us-east-1`, `f("us-east-1")`, `<r>us-east-1</r>`. */
function isSetting(before: string, after: string): boolean {
  const [, key, sign] = KEY.exec(before) ?? [];
  if (key !== undefined && sign !== ':') return true;
  if (key !== undefined) {
    const isFirst = before
      .trimStart()
      .replace(/^["'`-]\s*/, '')
      .startsWith(key);
    return (
      (ABOUT_REGION.test(key) || (isFirst && !NOTE.test(key))) &&
      /^["'`\])},;]*\s*(?:$|-->|\*\/|[,;#&|\\])/.test(after)
    );
  }
  if (/(?:^|\s)--?[\w-]*(?:region|zone|az|location)[\s=]+["'`]?$/i.test(before)) return true;
  if (/[=:(,[{+|?]\s*(["'`])$/.test(before)) return /^["'`]/.test(after);
  return /\$\{[\w.]+:[-=]?$|\[\s*$/.test(before) || (before.endsWith('>') && after.startsWith('<'));
}

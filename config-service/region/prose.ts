import { endOfLine, startOfLine } from './anchors.ts';

/** How much of a line decides whether it is a sentence. */
const REACH = 300;

/** Only these start a comment; `#define`, `#include` and a flag such as `--region` do not. */
const COMMENT =
  /^\s*(?:#(?!define\b|include\b|pragma\b)|\/\/|;|--\s|\/\*|\*\s|<!--|REM\s|[!%]\s|dnl\s|"""|''')/i;
const TRAILING_COMMENT = /\s(?:#|\/\/)\s/;

/** Signs of a program or a setting, which a sentence does not have. */
const CODE = /[={}$<>|[\]\\`]|(?:^|\s)--?[a-z]|;\s*do\b/;
const LOOP = /^\s*for\s/;

const KEY = /(?:^|[\s"'`{(,;[#])([\w.-]+)["'`]?\s*(=>|:=|=|:)\s*(?:!!str\s+)?["'`[]?$/;
const NOTE = /^(?:todo|note|notes|fixme|xxx|hack|see|warning|important|caution|example|e\.g|i\.e|nb)$/i;
const ABOUT_REGION = /region|zone|location|(?:^|[_.-])az(?:s|[_.-]|$)/i;

/**
 * Whether a region's name that stands alone at [start, end) is part of a sentence, written for people. A commented-out
 * setting is not: someone will uncomment it.
 */
export function isProse(text: string, start: number, end: number): boolean {
  const before = text.slice(startOfLine(text, start, REACH), start);
  const after = text.slice(end, endOfLine(text, end, REACH));
  if (COMMENT.test(before)) return !isSetting(before.replace(COMMENT, ''), after);
  const trailing = TRAILING_COMMENT.exec(before);
  if (trailing) return !isSetting(before.slice(trailing.index + trailing[0].length), after);
  return isSentence(before, after);
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

function isSentence(before: string, after: string): boolean {
  if (LOOP.test(before) || CODE.test(before) || CODE.test(after)) return false;
  const previous = /(?:^|\s)([A-Za-z][\w'\u2019-]*)[,.;]?\s+["'(]?$/.exec(before)?.[1];
  const next = /^["')]?[,.;:!?]?\s+\(?([A-Za-z])/.test(after);
  const leads = before.trim() === '' && next;
  if (previous === undefined && !leads) return false;
  if (previous !== undefined && !next && ABOUT_REGION.test(previous)) return false;
  return wordsIn(before) + wordsIn(after) >= 3;
}

function wordsIn(text: string): number {
  return text.match(/(?<![^\s("'])[A-Za-z]['\u2019A-Za-z]+(?![^\s,.;:!?)"'])/g)?.length ?? 0;
}

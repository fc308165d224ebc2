import { LIMITS } from '../bytes/limits.ts';

const NEWLINE = 0x0a;

/** The reason is not optional: an exception that nobody can explain is a finding. */
const DIRECTIVE = /landfall:allow[ \t]+([\w-]+)[ \t]+[^\r\n]*?[A-Za-z0-9]/g;
/** Nothing but what opens a comment. */
const OPENING = /^[\s#/*;!%<>-]*(?:REM\b|dnl\b)?\s*$/i;

/**
 * Whether `landfall:allow REGION reason` excuses what stands at `at`: on the same line, or alone on the line before,
 * and not further away than a person would look.
 * `name` is the region, or the id where there is none to tell.
 */
export function isAllowed(bytes: Buffer, end: number, at: number, name: string): boolean {
  const floor = Math.max(0, at - LIMITS.comment);
  const around = bytes.subarray(floor, Math.min(end, at + LIMITS.comment));
  const lineStart = floor + startOfLine(around, at - floor);
  const newline = around.indexOf(NEWLINE, at - floor);
  const lineEnd = newline < 0 ? floor + around.length : floor + newline;
  if (names(bytes.toString('latin1', lineStart, lineEnd), name, false)) return true;
  if (lineStart === floor) return false;
  const before = floor + startOfLine(around, lineStart - 1 - floor);
  return names(bytes.toString('latin1', before, lineStart - 1), name, true);
}

/** Gives where the line that holds `at` starts; 0 when it starts before the bytes do. */
function startOfLine(bytes: Buffer, at: number): number {
  return at === 0 ? 0 : bytes.lastIndexOf(NEWLINE, at - 1) + 1;
}

function names(line: string, name: string, alone: boolean): boolean {
  for (const match of line.matchAll(DIRECTIVE)) {
    if (match[1]?.toLowerCase() !== name.toLowerCase()) continue;
    if (!alone || OPENING.test(line.slice(0, match.index))) return true;
  }
  return false;
}

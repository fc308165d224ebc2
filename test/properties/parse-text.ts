import type { Problem } from '#kit/errors.ts';
import type { Entry } from '../../config-service/properties/entry.ts';
import { parseFile } from '../../config-service/properties/parse-file.ts';

/** The file as users write it. */
export function parseText(path: string, text: string) {
  return parseFile(path, new TextEncoder().encode(text));
}

/** The entries of a text that must be accepted without a warning. */
export function entriesOf(path: string, text: string): readonly Entry[] {
  const file = parseText(path, text);
  if (file.kind === 'rejected') throw new Error(`rejected: ${JSON.stringify(file.problems)}`);
  if (file.warnings.length > 0) throw new Error(`warned: ${JSON.stringify(file.warnings)}`);
  return file.entries;
}

/** Keys and values only, in order. */
export function pairsOf(path: string, text: string): [string, string][] {
  return entriesOf(path, text).map(({ key, value }) => [key, value]);
}

/** The same of a text that may be odd: what is warned of is read all the same. */
export function readBack(path: string, text: string): readonly (readonly [string, string])[] {
  const file = parseText(path, text);
  return file.kind === 'parsed' ? file.entries.map(({ key, value }) => [key, value] as const) : [];
}

/** Every problem as `line:column CODE message`. */
export function problemsOf(path: string, text: string): string[] {
  const file = parseText(path, text);
  return file.kind === 'rejected' ? file.problems.map(shown) : [];
}

export function shown(problem: Problem): string {
  return `${problem.line}:${problem.column} ${problem.code} ${problem.message}`;
}

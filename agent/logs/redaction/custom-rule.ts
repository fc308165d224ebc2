import type { Rule } from './built-in.ts';
import { REDACTED } from './redacted.ts';

/** A pattern of the plan, in RE2 syntax; it was read before, so it compiles. Plain text needs no engine. */
export async function compileCustomRule(source: string): Promise<Rule> {
  if (!/[\\^$.|?*+()[\]{}]/.test(source)) return (text) => text.replaceAll(source, REDACTED);
  const { RE2JS } = await import('re2js');
  const compiled = RE2JS.compile(source);
  const needed = neededText(source);
  return (text) => (text.includes(needed) ? compiled.matcher(text).replaceAll(REDACTED) : text);
}

/**
 * A piece of text without which nothing matches: the engine runs only where it is found. The longest run of plain characters
 * that are in no group and under no quantifier; empty when there is none, and in patterns with alternatives or flags.
 */
export function neededText(source: string): string {
  if (/[|]|\(\?|\\[pPQEx0-9]/.test(source)) return '';
  const bare = source
    // In a class nothing is certain, and in a group nothing is worth the trouble.
    .replaceAll(/\\.|\[\^?\]?(?:\\.|[^\]\\])*\]/gs, bareUnless)
    .replaceAll(/\\.|\((?:\\.|[^()\\])*\)/gs, bareUnless);
  if (/[()]/.test(bare.replaceAll(/\\./g, ''))) return '';
  const runs = bare
    .replaceAll(/(?:\\.|[^\\])(?:[*?]|\{[\d,]*\})/g, '\0')
    .replaceAll(/\\[A-Za-z0-9](?:\{[^}]*\})?/g, '\0')
    .replaceAll(/\+/g, '\0')
    .split(/[\0^$.]/)
    .map((run) => run.replaceAll('\\', ''));
  return runs.toSorted((a, b) => b.length - a.length)[0] ?? '';
}

/** An escape keeps what it says; a class or a group says nothing for certain. */
function bareUnless(found: string): string {
  return found.startsWith('\\') ? found : '\0';
}

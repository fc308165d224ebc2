/** Whether a line begins, or ends, a record. */
export type LinePattern = (line: string) => boolean;

export type CompiledPattern =
  | { readonly kind: 'ok'; readonly pattern: LinePattern }
  | { readonly kind: 'invalid'; readonly reason: string };

/**
 * A pattern of the plan, in RE2 syntax, which takes linear time whatever it is asked (case 42). The usual ones, plain text and
 * `^` with characters of fixed classes (`^\d{4}-\d{2}`, `^\S`), need no engine: the library is loaded for the others.
 */
export async function compileLinePattern(source: string): Promise<CompiledPattern> {
  const simple = simplePattern(source);
  if (simple) return { kind: 'ok', pattern: simple };
  const { RE2JS } = await import('re2js');
  try {
    const compiled = RE2JS.compile(source);
    return { kind: 'ok', pattern: (line) => compiled.matcher(line).find() };
  } catch (error) {
    return { kind: 'invalid', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Undefined when the pattern needs an engine. */
export function simplePattern(source: string): LinePattern | undefined {
  if (!/[\\^$.|?*+()[\]{}]/.test(source)) return (line) => line.includes(source);
  if (!source.startsWith('^')) return undefined;
  const classes = fixedClasses(source.slice(1));
  if (!classes) return undefined;
  return (line) => line.length >= classes.length && classes.every((has, at) => has(line.charCodeAt(at)));
}

type CharacterClass = (code: number) => boolean;

const TOKEN =
  /(?<digit>\\d|\[0-9\])|(?<space>\\s)|(?<other>\\S|\[\^\\s\])|(?<upper>\[A-Z\])|(?<lower>\[a-z\])|\\(?<escaped>[-[\](){}.*+?^$|/\\])|(?<literal>[^\\^$.|?*+()[\]{}])/y;
const TIMES = /\{(\d{1,2})\}/y;

/** One class for each character, or undefined when the text is more than such a row. */
function fixedClasses(source: string): readonly CharacterClass[] | undefined {
  const classes: CharacterClass[] = [];
  let at = 0;
  while (at < source.length) {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(source)?.groups;
    if (!groups) return undefined;
    at = TOKEN.lastIndex;
    TIMES.lastIndex = at;
    const times = TIMES.exec(source);
    if (times) at = TIMES.lastIndex;
    // A character outside of the BMP is two code units but one \S: it may stand at the end only.
    if (groups['other'] !== undefined && (times || at < source.length)) return undefined;
    const one = classOf(groups);
    for (let n = Number(times?.[1] ?? 1); n > 0; n -= 1) classes.push(one);
  }
  return classes.length > 0 ? classes : undefined;
}

function classOf(groups: Record<string, string | undefined>): CharacterClass {
  if (groups['digit'] !== undefined) return (code) => code >= 0x30 && code <= 0x39;
  if (groups['space'] !== undefined) return isSpace;
  if (groups['other'] !== undefined) return (code) => !Number.isNaN(code) && !isSpace(code);
  if (groups['upper'] !== undefined) return (code) => code >= 0x41 && code <= 0x5a;
  if (groups['lower'] !== undefined) return (code) => code >= 0x61 && code <= 0x7a;
  const wanted = (groups['escaped'] ?? groups['literal'] ?? '').charCodeAt(0);
  return (code) => code === wanted;
}

/** `\s` of RE2: tab, newline, form feed, return, space. */
function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0c || code === 0x0d;
}

import { MAX_VALUE_LENGTH } from './effective.ts';

/** A name that nothing bears, and that its default may stand in for. */
export const ABSENT = Symbol('absent');

/** They are looked through one by one; nearly all templates have a few. */
const MOST_NAMES = 16;

/**
 * The value of a template whose references name plain text, as nearly all do. Undefined where the grammar of `template.ts` has more to
 * say: of names or defaults with references of their own, and of what is escaped, empty or unclosed; and of what has many names, or grows
 * too large before its end, which a few letters do that are written often.
 * @param look text of a name; undefined: it is no matter of this.
 */
export function fillFlat(
  raw: string,
  look: (name: string) => string | typeof ABSENT | undefined,
): { readonly value: string; readonly references: readonly string[] } | undefined {
  const references: string[] = [];
  let value = '';
  let at = 0;
  for (let start = raw.indexOf('${'); start !== -1; start = raw.indexOf('${', at)) {
    const end = raw.indexOf('}', start);
    if (end < start + 3 || raw[start - 1] === '$') return undefined;
    const inside = raw.slice(start + 2, end);
    const colon = inside.indexOf(':');
    if (inside.includes('$')) return undefined;
    const name = colon === -1 ? inside : inside.slice(0, colon);
    const found = look(name);
    if (found === undefined || (found === ABSENT && colon === -1)) return undefined;
    if (!references.includes(name)) references.push(name);
    if (references.length > MOST_NAMES) return undefined;
    value += raw.slice(at, start) + (found === ABSENT ? inside.slice(colon + 1) : found);
    if (value.length > MAX_VALUE_LENGTH) return undefined;
    at = end + 1;
  }
  return { value: value + raw.slice(at), references };
}

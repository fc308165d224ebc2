/** A field of a secret's JSON. */
export type FieldOf =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'invalid'; readonly reason: string };

/**
 * Cuts `field` out of a secret that is a JSON object: the key of that very name, else a path with dots, in which numbers
 * count the items of lists. Numbers come as they are written: ids outgrow a double.
 */
export function fieldOf(text: string, field: string): FieldOf {
  const object = parseAsWritten(text);
  if (object === undefined) {
    return { kind: 'invalid', reason: 'the secret is no JSON object; leave #field out, or store one' };
  }
  const value = valueAt(object, field.split('.'));
  if (value === undefined) return { kind: 'absent' };
  if (typeof value === 'string') return { kind: 'text', text: value };
  if (typeof value === 'boolean') return { kind: 'text', text: String(value) };
  const reason =
    value === null
      ? 'the field is null'
      : 'the field is no text, number or boolean; name one in it with a dot, #a.b';
  return { kind: 'invalid', reason };
}

/** The longest name that is there wins: `a.b` is the key `a.b` before it is `b` of `a`. */
function valueAt(value: unknown, names: readonly string[]): unknown {
  if (names.length === 0) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  for (let length = Math.min(names.length, LONGEST_NAME); length > 0; length -= 1) {
    const name = names.slice(0, length).join('.');
    if (!Object.hasOwn(value, name) || (Array.isArray(value) && !/^\d+$/.test(name))) continue;
    const found = valueAt((value as Readonly<Record<string, unknown>>)[name], names.slice(length));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Dots in one name of a path: bounds how many ways there are to read it. */
const LONGEST_NAME = 16;

function parseAsWritten(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text, asWritten);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The third argument is "JSON.parse source text access" of ECMAScript 2026, in V8 since 11.4. */
function asWritten(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' ? (context?.source ?? String(value)) : value;
}

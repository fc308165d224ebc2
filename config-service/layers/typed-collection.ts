import type { JsonValue } from './effective.ts';
import type { ValueType } from './typed.ts';

/**
 * A typed list as it is. Any other text is split at its commas because the caller asked for a list, and for no other
 * reason: trimmed, empty parts omitted, so `,a,,b,` has two items and the empty text none.
 */
export const listType: ValueType<readonly JsonValue[]> = {
  name: 'a list',
  expected: 'items with commas between them',
  read: ({ value, list }) => ({ value: list ?? partsOf(value) }),
};

/** `k1=v1,k2=v2`: the first `=` of a pair splits it, both sides are trimmed, `k=` is empty, of two equal names the later counts. */
export const mapType: ValueType<ReadonlyMap<string, string>> = {
  name: 'a map',
  expected: 'pairs such as k1=v1,k2=v2',
  read: ({ value, list }) => {
    const map = new Map<string, string>();
    for (const pair of list === undefined ? partsOf(value) : []) {
      const split = pair.indexOf('=');
      const key = pair.slice(0, Math.max(split, 0)).trim();
      if (key === '') return undefined;
      map.set(key, pair.slice(split + 1).trim());
    }
    return list === undefined ? { value: map } : undefined;
  },
};

/** RFC 8259 text; a typed list is its own JSON. */
export const jsonType: ValueType<JsonValue> = {
  name: 'JSON',
  expected: 'one JSON value',
  read: ({ value, list }) => {
    if (list !== undefined) return { value: list };
    try {
      return { value: JSON.parse(value) as JsonValue };
    } catch {
      return undefined;
    }
  },
};

function partsOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

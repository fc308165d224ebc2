import type { Effective, Property } from '#config-service';
import type { Json, JsonObject } from './json.ts';

/** The effective properties as a JSON Schema sees them, and the way back. */
export interface SchemaInstance {
  readonly value: JsonObject;
  /** The property at a JSON pointer (RFC 6901), or the one that holds it. */
  readonly propertyAt: (pointer: string) => Property | undefined;
}

/** As `GET /v1/config` gives them: flat keys, each a text or a typed list. */
export function flatInstance(effective: Effective): SchemaInstance {
  const pairs = [...effective.values()].map(({ key, value, list }) => [key, list ?? value] as const);
  return {
    value: Object.fromEntries(pairs) as JsonObject,
    propertyAt: (pointer) => effective.get(namesOf(pointer)[0] ?? ''),
  };
}

/**
 * As YAML would nest them: `db.host` is `host` in `db`. Items of a typed list are in the list only. Where `a` has a value
 * and so has `a.b`, `a` is the map: JSON has no place for both.
 */
export function nestedInstance(effective: Effective): SchemaInstance {
  const root = new Map<string, Branch>();
  for (const property of effective.values()) {
    if (!isItem(property.key, effective)) grow(root, property);
  }
  return {
    value: objectOf(root),
    propertyAt: (pointer) => {
      const names = namesOf(pointer);
      for (let length = names.length; length > 0; length -= 1) {
        const property = effective.get(names.slice(0, length).join('.'));
        if (property) return property;
      }
      return undefined;
    },
  };
}

type Branch = Property | Map<string, Branch>;

function grow(root: Map<string, Branch>, property: Property): void {
  const names = property.key.split('.');
  const last = names.pop() ?? '';
  let node = root;
  for (const name of names) {
    const below = node.get(name);
    const next = below instanceof Map ? below : new Map<string, Branch>();
    if (next !== below) node.set(name, next);
    node = next;
  }
  if (!node.has(last)) node.set(last, property);
}

/** Whether the value is also part of a typed list. */
function isItem(key: string, effective: Effective): boolean {
  for (const match of key.matchAll(/\.(?:0|[1-9]\d*)(?=\.|$)/g)) {
    if (effective.get(key.slice(0, match.index))?.list !== undefined) return true;
  }
  return false;
}

function objectOf(branches: ReadonlyMap<string, Branch>): JsonObject {
  const pairs = [...branches].map(([name, branch]): readonly [string, Json] => {
    return [name, branch instanceof Map ? objectOf(branch) : ((branch.list as Json) ?? branch.value)];
  });
  return Object.fromEntries(pairs);
}

function namesOf(pointer: string): readonly string[] {
  const [, ...parts] = pointer.split('/');
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

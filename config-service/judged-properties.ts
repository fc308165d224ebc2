import type { Effective, JsonValue, Property } from './layers/effective.ts';
import { findEndpoints } from './region/detector.ts';
import type { GuardedValue } from './region/guard.ts';
import { regionFacts } from './region/partitions.ts';

/**
 * What the guard judges of the effective properties: their values, and their keys, for a program that looks up
 * `endpoints.sqs.us-east-1.amazonaws.com` was told that host.
 */
export function judgedProperties(effective: Effective): readonly GuardedValue[] {
  const items = itemsOfCatalogues(effective);
  const values = [...effective.values()]
    .filter(({ key }) => !items.has(key))
    .map((property): GuardedValue => {
      const { key, value, masked } = property;
      return { key, value, ...placeOf(property), secret: masked !== undefined };
    });
  const keys = telling([...effective.keys()]).flatMap((key): GuardedValue[] => {
    const property = effective.get(key);
    return property === undefined ? [] : [{ key, value: key, as: 'key', ...placeOf(property) }];
  });
  return [...values, ...keys];
}

function placeOf({ winner }: Property): Pick<GuardedValue, 'file' | 'line'> {
  return { file: `${winner.layer}/${winner.file}`, line: winner.line };
}

/** Those in which anything is found: all in one pass, for most keys name nothing and there may be ten thousand. */
function telling(keys: readonly string[]): readonly string[] {
  const found = findEndpoints(keys.join('\n'), { as: 'key' });
  const told: string[] = [];
  let start = 0;
  let next = 0;
  for (const key of keys) {
    const end = start + key.length;
    let isTelling = false;
    for (let at = found[next]?.start; at !== undefined && at <= end; at = found[++next]?.start)
      isTelling = true;
    if (isTelling) told.push(key);
    start = end + 1;
  }
  return told;
}

/** A list that is no choice of regions but says which there are is so item by item, too. */
function itemsOfCatalogues(effective: Effective): ReadonlySet<string> {
  const items = new Set<string>();
  for (const { key, value, list } of effective.values()) {
    if (list === undefined || !list.every(isRegion) || findEndpoints(value).length > 0) continue;
    for (const [index, item] of list.entries())
      if (effective.get(`${key}.${index}`)?.value === item) items.add(`${key}.${index}`);
  }
  return items;
}

function isRegion(item: JsonValue): boolean {
  return typeof item === 'string' && regionFacts(item)?.known === true;
}

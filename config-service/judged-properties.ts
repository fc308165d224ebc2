import type { Steps } from './kit/steps.ts';
import type { Effective, JsonValue, Property } from './layers/effective.ts';
import { findEndpoints } from './region/detect/detector.ts';
import { tellingTexts } from './region/detect/telling-texts.ts';
import type { GuardedValue } from './region/guard.ts';
import { regionFacts } from './region/tables/partitions.ts';

/**
 * What the guard judges of the effective properties: their values, and their keys, for a program that looks up
 * `endpoints.sqs.us-east-1.amazonaws.com` was told that host. Those in which nothing can be found are left out.
 */
export function* judgedProperties(effective: Effective): Steps<readonly GuardedValue[]> {
  const items = itemsOfCatalogues(effective);
  const values: GuardedValue[] = [];
  const keys: GuardedValue[] = [];
  for (const batch of batchesOf(effective)) {
    for (const index of tellingTexts(batch.map(({ value }) => value))) {
      const property = batch[index];
      if (property === undefined || items.has(property.key)) continue;
      const { key, value, masked } = property;
      values.push({ key, value, ...placeOf(property), secret: masked !== undefined });
    }
    for (const index of tellingTexts(batch.map(({ key }) => key))) {
      const property = batch[index];
      if (property === undefined) continue;
      keys.push({ key: property.key, value: property.key, as: 'key', ...placeOf(property) });
    }
    yield;
  }
  return [...values, ...keys];
}

/** As many as one pass goes through at once. */
const BATCH = 256;
/** Also of them together: their texts are copied. */
const BATCH_CHARACTERS = 64 * 1024;

function* batchesOf(effective: Effective): Generator<readonly Property[]> {
  let batch: Property[] = [];
  let characters = 0;
  for (const property of effective.values()) {
    batch.push(property);
    characters += property.value.length;
    if (batch.length < BATCH && characters < BATCH_CHARACTERS) continue;
    yield batch;
    batch = [];
    characters = 0;
  }
  yield batch;
}

function placeOf({ winner }: Property): Pick<GuardedValue, 'file' | 'line'> {
  return { file: `${winner.layer}/${winner.file}`, line: winner.line };
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

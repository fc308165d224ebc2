import { printStoreEntries, sha256Hex, type StoreEntry } from '#config-service';
import { isRecord } from '#kit/is-record.ts';
import { ok, retry, type Outcome } from '#kit/outcome.ts';
import type { Pin } from '../aws/pin.ts';
import { itemText, valueOf } from './attribute-value.ts';
import { askForPage } from './page.ts';
import type { AddressOf, PagedStoreParts, ReadStore, StoreReading } from './store-reader.ts';
import { storeFault, storeRefusal } from './store-refusal.ts';

/** Most items that one layer may have. */
const MAX_ITEMS = 10_000;
/** Of all its pages: a table that grew beyond it is none of configuration, and is not read to its end. */
const MAX_PAGES = 20;
/** A page is at most 1 MB as DynamoDB counts (Developer Guide, "Paginating table query results"); as JSON it is more. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/**
 * A table of DynamoDB: one property an item, as Archaius has them, or the attributes of the one item that has the key. Reads
 * are consistent: otherwise an older answer may follow a newer one.
 */
export function createTableReader(
  layer: string,
  address: AddressOf<'dynamodb'>,
  parts: PagedStoreParts,
): ReadStore {
  return address.item === undefined
    ? createScanner(layer, address, parts)
    : createItemReader(layer, { ...address, item: address.item }, parts);
}

function createScanner(
  layer: string,
  { table, keyAttribute, valueAttribute }: AddressOf<'dynamodb'>,
  { aws, pin, clock, random }: PagedStoreParts,
): ReadStore {
  const call = callOf(layer, table, 'Scan', pin);
  return async (_previous, signal): Promise<Outcome<StoreReading>> => {
    const entries = new Map<string, StoreEntry>();
    let start: unknown;
    for (let page = 1; ; page += 1) {
      const body = {
        TableName: table,
        ConsistentRead: true,
        ProjectionExpression: '#k, #v',
        ExpressionAttributeNames: { '#k': keyAttribute, '#v': valueAttribute },
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      };
      const options = { signal, repeatable: true, maxBytes: MAX_ANSWER_BYTES };
      const ask = () => aws.json('dynamodb', 'DynamoDB_20120810.Scan', body, options);
      const result = await askForPage(ask, page === 1, { clock, random }, signal);
      if (result.kind !== 'ok') return storeRefusal(result, call);
      const { Items: items, LastEvaluatedKey: last } = isRecord(result.json) ? result.json : {};
      if (!Array.isArray(items)) return retry(storeFault(layer, 'LF_SOURCE_MALFORMED', NO_ITEMS, PROXY));
      for (const item of items as readonly unknown[]) {
        const entry = entryOf(item, keyAttribute, valueAttribute);
        if (typeof entry === 'string') return retry(storeFault(layer, 'LF_SOURCE_MALFORMED', entry, LAYOUT));
        if (entries.has(entry.key)) {
          const cause = `two items have the key ${JSON.stringify(entry.key)}`;
          return retry(storeFault(layer, 'LF_DUPLICATE_KEY', cause, ONE_A_KEY));
        }
        entries.set(entry.key, entry);
      }
      // A page may have no items and not be the last; an empty key is none.
      if (!isRecord(last) || Object.keys(last).length === 0) break;
      if (entries.size > MAX_ITEMS || page === MAX_PAGES) {
        return retry(storeFault(layer, 'LF_OBJECT_TOO_LARGE', TOO_MANY, SMALLER));
      }
      start = last;
    }
    if (entries.size === 0) return ok({ files: [] });
    const bytes = printStoreEntries([...entries.values()]);
    return ok({ files: [{ path: 'items.entries', object: layer, sha256: sha256Hex(bytes), bytes }] });
  };
}

function createItemReader(
  layer: string,
  { table, keyAttribute, item }: AddressOf<'dynamodb'> & { readonly item: string },
  { aws, pin }: PagedStoreParts,
): ReadStore {
  const call = callOf(layer, table, 'GetItem', pin);
  return async (_previous, signal): Promise<Outcome<StoreReading>> => {
    const body = { TableName: table, ConsistentRead: true, Key: { [keyAttribute]: { S: item } } };
    const options = { signal, repeatable: true };
    const result = await aws.json('dynamodb', 'DynamoDB_20120810.GetItem', body, options);
    if (result.kind !== 'ok') return storeRefusal(result, call);
    const found = isRecord(result.json) ? result.json['Item'] : undefined;
    if (found === undefined) return ok({ files: [] });
    const text = isRecord(found) ? itemText(found, keyAttribute) : undefined;
    if (text === undefined) return retry(storeFault(layer, 'LF_SOURCE_MALFORMED', NO_TEXT, AS_TEXT));
    // An item of its key alone says nothing.
    if (text === '') return ok({ files: [] });
    const bytes = Buffer.from(text);
    return ok({ files: [{ path: 'item.json', object: layer, sha256: sha256Hex(bytes), bytes }] });
  };
}

/** The entry, or what is wrong with the item. */
function entryOf(item: unknown, keyAttribute: string, valueAttribute: string): StoreEntry | string {
  const attributes = isRecord(item) ? item : {};
  const key = valueOf(attributes[keyAttribute]);
  if (typeof key !== 'string' || key === '') return `an item has no text at '${keyAttribute}'`;
  const value = valueOf(attributes[valueAttribute]);
  if (value === undefined || (typeof value === 'object' && !Array.isArray(value))) {
    return `the item ${JSON.stringify(key)} has no text, number, truth or list of them at '${valueAttribute}'`;
  }
  if (typeof value === 'string') return { key, value, name: key, version: 1 };
  if (Array.isArray(value) && value.every((one) => typeof one === 'string'))
    return { key, value, name: key, version: 1 };
  return `the item ${JSON.stringify(key)} has a list of something else than texts at '${valueAttribute}'`;
}

function callOf(layer: string, table: string, action: string, { partition, region, account }: Pin) {
  return {
    layer,
    permission: `dynamodb:${action} on arn:${partition}:dynamodb:${region}:${account}:table/${table}`,
    missing: {
      cause: `there is no table ${table} in ${region}`,
      hint: 'Create it in this region, or correct its name in LANDFALL_LAYERS.',
    },
  };
}

const NO_ITEMS = 'the answer has no list of items';
const PROXY = 'Look for a proxy between this instance and DynamoDB, and at AWS_ENDPOINT_URL*.';
const LAYOUT =
  'Write one property an item, or name its attributes: dynamodb:TABLE?keyAttribute=K&valueAttribute=V.';
const ONE_A_KEY = 'Keep one of them: which of the two counts, nobody can tell.';
const TOO_MANY = `the table has more than ${MAX_ITEMS} items, or ${MAX_PAGES} MB`;
const SMALLER = 'Keep configuration in a table of its own, or read one item of it: dynamodb:TABLE?key=TEXT.';
const NO_TEXT = 'the item has an attribute that is no text, number, truth, list or map';
const AS_TEXT = 'Store it as text.';

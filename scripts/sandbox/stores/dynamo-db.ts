import { isRecord } from '#kit/is-record.ts';
import { done, jsonService, refuse, type JsonReply } from '../secrets/json-service.ts';
import type { Service } from '../wire/exchange.ts';

type Item = Readonly<Record<string, unknown>>;

interface Table {
  readonly keyAttributes: readonly string[];
  /** By their key as JSON. */
  readonly items: Map<string, Item>;
}

/** Tables of all regions; the same name in two regions is two tables. */
export class TableRack {
  readonly #tables = new Map<string, Table>();
  /** Items a page of a scan has at most. AWS counts a megabyte. */
  pageItems = 100;

  /** False when there is one of that name. */
  create(region: string, name: string, keyAttributes: readonly string[]): boolean {
    if (this.#tables.has(`${region} ${name}`)) return false;
    this.#tables.set(`${region} ${name}`, { keyAttributes, items: new Map() });
    return true;
  }

  table(region: string, name: unknown): Table | undefined {
    return this.#tables.get(`${region} ${String(name)}`);
  }

  /** @throws when there is no such table. */
  put(region: string, name: string, item: Item): void {
    const table = this.table(region, name);
    if (!table) throw new Error(`no table ${name} in ${region}`);
    table.items.set(keyOf(table, item), item);
  }
}

/** DynamoDB, awsJson 1.0: CreateTable, PutItem, DeleteItem, GetItem and Scan, without conditions and filters. */
export function dynamoDbService(rack: TableRack): Service {
  const within =
    (work: (table: Table, asked: Readonly<Record<string, unknown>>) => JsonReply) =>
    (asked: Readonly<Record<string, unknown>>, region: string): JsonReply => {
      const table = rack.table(region, asked['TableName']);
      return table ? work(table, asked) : refuse('ResourceNotFoundException', 'Requested resource not found');
    };
  return jsonService(
    'dynamodb',
    {
      CreateTable: ({ TableName: name, KeySchema: schema }, region) => {
        const keys = Array.isArray(schema)
          ? schema.map((key: unknown) => (isRecord(key) ? key['AttributeName'] : ''))
          : [];
        if (typeof name !== 'string' || keys.length === 0)
          return refuse('ValidationException', 'TableName and KeySchema are needed.');
        return rack.create(region, name, keys.map(String))
          ? done({ TableDescription: { TableName: name, TableStatus: 'ACTIVE' } })
          : refuse('ResourceInUseException', `Table already exists: ${name}`);
      },
      PutItem: within((table, { Item: item }) => {
        if (!isRecord(item)) return refuse('ValidationException', 'Item is needed.');
        table.items.set(keyOf(table, item), item);
        return done({});
      }),
      DeleteItem: within((table, { Key: key }) => {
        table.items.delete(keyOf(table, isRecord(key) ? key : {}));
        return done({});
      }),
      GetItem: within((table, { Key: key }) => {
        if (!isRecord(key) || Object.keys(key).toSorted().join() !== table.keyAttributes.toSorted().join()) {
          return refuse('ValidationException', 'The provided key element does not match the schema');
        }
        const item = table.items.get(keyOf(table, key));
        return done(item ? { Item: item } : {});
      }),
      Scan: within(
        (
          table,
          { ExclusiveStartKey: start, ProjectionExpression: projection, ExpressionAttributeNames: names },
        ) => {
          const all = [...table.items].toSorted(([a], [b]) => (a < b ? -1 : 1));
          const after = isRecord(start) ? keyOf(table, start) : '';
          const left = all.filter(([key]) => key > after);
          const page = left.slice(0, rack.pageItems).map(([, item]) => item);
          const last = left.length > rack.pageItems ? page.at(-1) : undefined;
          const wanted = projected(projection, names);
          return done({
            Items: page.map((item) => (wanted ? only(item, wanted) : item)),
            Count: page.length,
            ...(last && { LastEvaluatedKey: only(last, table.keyAttributes) }),
          });
        },
      ),
    },
    '1.0',
  );
}

function projected(projection: unknown, names: unknown): readonly string[] | undefined {
  if (typeof projection !== 'string') return undefined;
  const known = isRecord(names) ? names : {};
  return projection.split(',').map((part) => {
    const name = known[part.trim()];
    return typeof name === 'string' ? name : part.trim();
  });
}

function only(item: Item, names: readonly string[]): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));
}

function keyOf({ keyAttributes }: Table, item: Item): string {
  return JSON.stringify(keyAttributes.map((name) => item[name]));
}

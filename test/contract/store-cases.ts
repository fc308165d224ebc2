import { expect } from 'vitest';
import type { StoreEntry } from '#config-service';
import { openStore } from '#agent/stores/open-store.ts';
import type { ReadStore } from '#agent/stores/store-reader.ts';
import { callsAt } from '../support/aws-calls.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { storeParts } from '../support/store-parts.ts';
import type { ContractCase } from './backend.ts';

const { signal } = new AbortController();

/** The same of a document: its file, what is shown of it, and its text. */
async function readDocument(reader: ReadStore): Promise<readonly string[]> {
  const outcome = await reader(undefined, signal);
  if (outcome.kind !== 'ok') return [outcome.fault.code];
  return outcome.value.files.map(
    ({ path, object, bytes }) => `${path} ${object} ${Buffer.from(bytes).toString()}`,
  );
}

/** What an instance in Ireland reads of a layer: `key=value name:version`, or the code of why not. */
async function read(url: string, layer: string): Promise<readonly string[]> {
  const aws = callsAt(new URL(url));
  const reader = openStore(layer, storeParts({ aws }));
  const outcome = await reader(undefined, signal);
  if (outcome.kind !== 'ok') return [outcome.fault.code];
  return outcome.value.files.flatMap(({ bytes }) =>
    (JSON.parse(Buffer.from(bytes).toString()) as readonly StoreEntry[]).map(
      ({ key, value, name, version }) => `${key}=${String(value)} ${name}:${version}`,
    ),
  );
}

async function putParameters(url: string, parameters: readonly (readonly [string, string, string?])[]) {
  const aws = callsAt(new URL(url));
  for (const [Name, Value, Type = 'String'] of parameters) {
    const put = await aws.json(
      'ssm',
      'AmazonSSM.PutParameter',
      { Name, Value, Type, Overwrite: true },
      { signal },
    );
    expect(put.kind).toBe('ok');
  }
}

async function tables(
  url: string,
  name: string,
  keys: readonly string[],
  items: readonly object[],
): Promise<void> {
  const aws = callsAt(new URL(url));
  const ask = async (action: string, body: object) => {
    const answer = await aws.json(
      'dynamodb',
      `DynamoDB_20120810.${action}`,
      { TableName: name, ...body },
      { signal },
    );
    expect(answer.kind).toBe('ok');
  };
  await ask('CreateTable', {
    KeySchema: keys.map((AttributeName, at) => ({ AttributeName, KeyType: at === 0 ? 'HASH' : 'RANGE' })),
    AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    BillingMode: 'PAY_PER_REQUEST',
  });
  for (const Item of items) await ask('PutItem', { Item });
}

/** Readers of layers in other stores, against the services themselves. */
export const STORE_CASES: readonly ContractCase[] = [
  {
    name: 'the parameters below a path are a layer, at any depth, and a SecureString is a reference to itself',
    async run({ url }) {
      await putParameters(url, [
        ['/stores/prod/db/url', 'one'],
        ['/stores/prod/db/url', 'two'],
        ['/stores/prod/db/password', 'hush', 'SecureString'],
        ['/stores/prod/hosts', 'a,b', 'StringList'],
        ['/stores/production/other', 'none of ours'],
      ]);
      expect(await read(url, 'ssm:/stores/prod/')).toEqual([
        'db.password=${@ssm:/stores/prod/db/password} db/password:1',
        'db.url=two db/url:2',
        'hosts=a,b hosts:1',
      ]);
    },
  },
  {
    name: 'more parameters than a page are read whole',
    async run({ url }) {
      const names = Array.from({ length: 23 }, (_, at) => `/stores/many/k${String(at).padStart(2, '0')}`);
      await putParameters(
        url,
        names.map((name) => [name, 'x'] as const),
      );
      expect(await read(url, 'ssm:/stores/many')).toHaveLength(23);
    },
  },
  {
    name: 'a profile of AppConfig is read in a session, and an empty answer is what it had before',
    // moto 5.2.1 has AppConfig, with which profiles are made, and no AppConfigData, with which they are read.
    only: 'sandbox',
    async run({ url, deploy }) {
      const clock = new FakeClock();
      const reader = openStore(
        'appconfig:payroll/prod/app',
        storeParts({ aws: callsAt(new URL(url)), clock }),
      );
      expect(await readDocument(reader)).toEqual(['LF_OBJECT_MISSING']);
      deploy?.('payroll/prod/app', { content: '{"a":1}', contentType: 'application/json', label: 'v1' });
      const first = ['document.json appconfig:payroll/prod/app, version v1 {"a":1}'];
      expect(await readDocument(reader)).toEqual(first);
      expect(await readDocument(reader)).toEqual(first);
    },
  },
  {
    name: 'a table of DynamoDB is a property an item, as Archaius has it, or the attributes of one item',
    async run({ url }) {
      await tables(
        url,
        'archaiusProperties',
        ['key'],
        [
          { key: { S: 'db.url' }, value: { S: 'one' } },
          { key: { S: 'pool' }, value: { N: '10' } },
          { key: { S: 'hosts' }, value: { SS: ['b', 'a'] } },
        ],
      );
      expect(await read(url, 'dynamodb:archaiusProperties')).toEqual([
        'db.url=one db.url:1',
        'hosts=a,b hosts:1',
        'pool=10 pool:1',
      ]);
      await tables(
        url,
        'settings',
        ['id'],
        [
          {
            id: { S: 'payroll-prod' },
            on: { BOOL: true },
            db: { M: { pool: { N: '10' }, hosts: { L: [{ S: 'a' }] } } },
          },
        ],
      );
      const parts = storeParts({ aws: callsAt(new URL(url)) });
      expect(
        await readDocument(openStore('dynamodb:settings?key=payroll-prod&keyAttribute=id', parts)),
      ).toEqual([
        'item.json dynamodb:settings?key=payroll-prod&keyAttribute=id {\n  "db": {"pool":"10","hosts":["a"]},\n  "on": "true"\n}\n',
      ]);
      expect(await read(url, 'dynamodb:settings?key=none&keyAttribute=id')).toEqual([]);
      expect(await read(url, 'dynamodb:nowhere')).toEqual(['LF_OBJECT_MISSING']);
      expect(await read(url, 'dynamodb:settings?key=payroll-prod')).toEqual(['LF_SOURCE_REFUSED']);
    },
  },
  {
    name: 'a path without parameters is an empty layer',
    async run({ url }) {
      expect(await read(url, 'ssm:/stores/none')).toEqual([]);
    },
  },
];

import { afterEach, beforeEach, expect, test } from 'vitest';
import { createArchaiusShape } from '#agent/shapes/archaius/archaius-shape.ts';
import { READ_TOKEN, startShape, type ShapeBench } from '../support/api-bench.ts';
import { FAKE_FACTS, type FakeProperty } from '../support/fake-backend.ts';
import { ask, exchangeRaw, type Answer } from '../support/raw-http.ts';

let bench: ShapeBench;
beforeEach(async () => {
  bench = await startShape(createArchaiusShape());
});
afterEach(() => bench.stop());

const get = (version: 1 | 2, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  ask(bench.tcp, { path: `/archaius/${version}/config.properties`, headers });

const FACTS =
  '@region=eu-west-1\n@zone=eu-west-1a\n@environment=prod\n@stack=web\n@serverId=i-0123456789abcdef0\n@datacenter=eu-west-1\n';

const list = (...items: string[]): FakeProperty => ({ value: JSON.stringify(items), list: items });

function activate(properties: Readonly<Record<string, FakeProperty>>) {
  return bench.backend.activate(properties, { facts: { ...FAKE_FACTS, environment: 'prod' } });
}

test('begins with the facts that the deployment context of Archaius 1 reads', async () => {
  activate({ a: '1', '@datacenter': 'us-east-1' });
  for (const version of [1, 2] as const) expect((await get(version)).text).toBe(`${FACTS}a=1\n`);
});

test('leaves out a fact that this instance does not have', async () => {
  bench.backend.activate({ a: '1' });
  expect((await get(1)).text).not.toContain('@environment');
});

test('is UTF-8 as it is, and text', async () => {
  activate({ greeting: 'Grüße, 日本 é' });
  const answer = await get(2);
  expect(answer.text).toBe(`${FACTS}greeting=Grüße, 日本 é\n`);
  expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
  expect(answer.headers.etag).toMatch(/^"[\w-]+"$/);
});

test.each([
  ['a,b', String.raw`a\\,b`, 'a,b'],
  ['no comma \\ here', String.raw`no comma \\ here`, String.raw`no comma \\ here`],
  ['C:\\a, b', String.raw`C:\\\\a\\, b`, String.raw`C:\\a, b`],
  ['${db.port}', '$${db.port}', '$${db.port}'],
  ['$${x}', '$$${x}', '$$${x}'],
])('the value %s is %s for the first, %s for the second', async (value, first, second) => {
  activate({ a: value });
  expect((await get(1)).text).toBe(`${FACTS}a=${first}\n`);
  expect((await get(2)).text).toBe(`${FACTS}a=${second}\n`);
});

test('a list is its items with commas, under its name and nowhere else', async () => {
  activate({ l: list('a,b', 'c'), 'l.0': 'a,b', 'l.1': 'c', one: list('x'), 'one.0': 'x', none: list() });
  expect((await get(1)).text).toBe(`${FACTS}l=a\\\\,b,c\nnone=\none=x\n`);
  expect((await get(2)).text).toBe(`${FACTS}l=a,b,c\nnone=\none=x\n`);
});

test('a secret is not there, and neither is a list that holds one', async () => {
  activate({
    a: '1',
    l: { value: '["x","s3cret"]', list: ['x', 's3cret'], masked: '["x","[s#1]"]' },
    'l.0': 'x',
    'l.1': { value: 's3cret', masked: '[s#1]' },
  });
  expect((await get(1)).text).toBe(`${FACTS}a=1\n`);
  expect((await get(1, { Authorization: `Bearer ${READ_TOKEN}` })).text).toContain('l=x,s3cret\n');
  expect((await get(1, { Authorization: 'Bearer old' })).status).toBe(401);
});

test('comes in chunks and with no length, so that half of it is an error and not a smaller truth', async () => {
  activate({ a: '1' });
  const raw = await exchangeRaw(
    bench.tcp,
    'GET /archaius/1/config.properties HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  );
  expect(raw).toContain('Transfer-Encoding: chunked\r\n');
  expect(raw).not.toMatch(/content-length/i);
  expect(raw).toMatch(/\r\n0\r\n\r\n$/);
});

test('is answered whole whatever the client has: neither asks on condition', async () => {
  activate({ a: '1' });
  const { etag = '' } = (await get(1)).headers;
  expect((await get(1, { 'If-None-Match': etag })).status).toBe(200);
  activate({ a: '2' });
  expect((await get(1)).headers.etag).not.toBe(etag);
});

test('is 503 rather than less while nothing is active; of other versions there is nothing', async () => {
  expect((await get(1)).status).toBe(503);
  expect((await ask(bench.tcp, { path: '/archaius/3/config.properties' })).status).toBe(404);
});

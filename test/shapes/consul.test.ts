import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createConsulShape } from '#agent/shapes/consul/consul-shape.ts';
import { READ_TOKEN, startShape, TOKEN, type ShapeBench } from '../support/api-bench.ts';
import type { FakeProperty } from '../support/fake-backend.ts';
import { ask, type Answer } from '../support/raw-http.ts';

let bench: ShapeBench;
beforeEach(async () => {
  bench = await startShape(createConsulShape(''));
});
afterEach(() => bench.stop());

const PROPERTIES: Readonly<Record<string, FakeProperty>> = {
  'db.host': 'db.internal',
  'db.port': '5432',
  'db.password': { value: 's3cret', masked: '[/payroll/db#1]' },
  empty: '',
  'features.beta.enabled': 'false',
  'features.checkout.limit': '5',
  greeting: 'Grüße, 日本',
  'nginx.upstreams': { value: '["a:80","b:80"]', list: ['a:80', 'b:80'] },
  'nginx.upstreams.0': 'a:80',
  'nginx.upstreams.1': 'b:80',
};

const get = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  ask(bench.own, { path, headers });
const rows = async (path: string, headers = {}): Promise<Record<string, unknown>[]> =>
  JSON.parse((await get(path, headers)).text) as Record<string, unknown>[];
const namesBelow = async (path: string): Promise<unknown[]> => (await rows(path)).map(({ Key }) => Key);
const decoded = (row: Record<string, unknown> | undefined): string =>
  Buffer.from(String(row?.['Value']), 'base64').toString();

test('one key is one row, with the index of its last change', async () => {
  bench.backend.activate(PROPERTIES);
  bench.backend.changes.set('db.port', 1_790_000_000_000);
  const answer = await get('/v1/kv/db/port');
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(answer.text).toBe(
    '[{"LockIndex":0,"Key":"db/port","Flags":0,"Value":"NTQzMg==","CreateIndex":1790000000000,"ModifyIndex":1790000000000}]',
  );
  expect(decoded((await rows('/v1/kv/greeting'))[0])).toBe('Grüße, 日本');
  expect(decoded((await rows('/v1/kv/empty'))[0])).toBe('');
  expect(decoded((await rows('/v1/kv/nginx/upstreams'))[0])).toBe('["a:80","b:80"]');
});

test('every answer says the index, that it is fresh, which generation it is, and that nobody may keep it', async () => {
  const { number } = bench.backend.activate(PROPERTIES);
  const expected = {
    'x-consul-index': String(bench.backend.revision()),
    'x-consul-lastcontact': '0',
    'x-consul-knownleader': 'true',
    'x-landfall-generation': String(number),
    'cache-control': 'no-store',
  };
  for (const path of [
    '/v1/kv/db/port',
    '/v1/kv/no/such',
    '/v1/kv/?recurse',
    '/v1/kv/?keys',
    '/v1/kv/db/port?raw',
  ])
    expect((await get(path)).headers, path).toMatchObject(expected);
  expect((await ask(bench.own, { method: 'HEAD', path: '/v1/kv/db/port' })).headers).toMatchObject(expected);
});

test('raw is the value alone', async () => {
  bench.backend.activate(PROPERTIES);
  const answer = await get('/v1/kv/greeting?raw');
  expect(answer.text).toBe('Grüße, 日本');
  expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
  expect(await get('/v1/kv/empty?raw')).toMatchObject({ status: 200, text: '' });
});

test('recurse takes a text for the beginning of names, not for a folder, and sorts', async () => {
  bench.backend.activate({ ...PROPERTIES, dbx: '1' });
  expect(await namesBelow('/v1/kv/db?recurse')).toEqual(['db/host', 'db/port', 'dbx']);
  expect(await namesBelow('/v1/kv/db/?recurse=true')).toEqual(['db/host', 'db/port']);
  expect(await namesBelow('/v1/kv/?recurse')).toHaveLength(10);
  expect(await get('/v1/kv/x?recurse')).toMatchObject({ status: 404, text: '' });
});

test('keys are names, cut after the first separator beyond the prefix, each once', async () => {
  bench.backend.activate(PROPERTIES);
  const keys = async (path: string): Promise<unknown> => JSON.parse((await get(path)).text) as unknown;
  expect(await keys('/v1/kv/features/?keys&separator=/')).toEqual(['features/beta/', 'features/checkout/']);
  expect(await keys('/v1/kv/?keys&separator=%2F')).toEqual([
    'db/',
    'empty',
    'features/',
    'greeting',
    'nginx/',
  ]);
  expect(await keys('/v1/kv/db?keys')).toEqual(['db/host', 'db/port']);
  expect(await get('/v1/kv/none?keys')).toMatchObject({ status: 404, text: '' });
});

test('who asks with dots is answered with dots', async () => {
  bench.backend.activate(PROPERTIES);
  expect((await rows('/v1/kv/db.host'))[0]).toMatchObject({ Key: 'db.host' });
  expect(await namesBelow('/v1/kv/db.?recurse')).toEqual(['db.host', 'db.port']);
});

test('a property that holds a slash gives way to the one with dots', async () => {
  bench.backend.activate({ 'a.b': 'dots', 'a/b': 'slash', 'c/d': 'alone' });
  expect(decoded((await rows('/v1/kv/a/b'))[0])).toBe('dots');
  expect(decoded((await rows('/v1/kv/c/d'))[0])).toBe('alone');
  expect(await namesBelow('/v1/kv/?recurse')).toEqual(['a/b', 'c/d']);
});

test('a key is percent-decoded, and what cannot be is refused in words', async () => {
  bench.backend.activate({ 'ä b': '1' });
  expect((await rows('/v1/kv/%C3%A4%20b'))[0]).toMatchObject({ Key: 'ä b' });
  expect(await get('/v1/kv/%C3')).toMatchObject({ status: 400 });
  expect(await get('/v1/kv/')).toMatchObject({ status: 400, text: 'Missing key name' });
});

test.each([
  ['plus+key', 'plus+key'],
  ['plus%2Bkey', 'plus+key'],
  ['key%20with%20space', 'key with space'],
  ['colon:key', 'colon:key'],
  ['path%2Fwith%2Fslash', 'path/with/slash'],
  ['pct%252Fkey', 'pct%2Fkey'],
  ['q%3Fuery', 'q?uery'],
  ['h%23ash', 'h#ash'],
  ['uni/%E6%97%A5%E6%9C%AC', 'uni.日本'],
  ['__proto__/x', '__proto__.x'],
])('%s is the property %s', async (path, property) => {
  bench.backend.activate({ other: '1', [property]: 'found' });
  expect((await get(`/v1/kv/${path}?raw`)).text).toBe('found');
});

test.each([
  '/v1/catalog/services',
  '/v1/status/leader',
  '/v1/agent/self',
  '/v1/session/list',
  '/v1/health/service/web',
  '/v1/txn',
])('of Consul itself there is no more: %s is 404 and says so', async (path) => {
  bench.backend.activate(PROPERTIES);
  const answer = await get(path);
  expect(answer.status).toBe(404);
  expect(answer.json()).toMatchObject({
    cause: 'clients of consul have no such path',
    hint: expect.stringMatching(/^This door answers consul and nothing else/) as string,
  });
});

test.each([
  ['landfall.json', '{"a":{"b":1},"l":["x"]}'],
  ['landfall.yaml', 'a:\n  b: 1\nl:\n  - "x"\n'],
  ['landfall.properties', 'a.b=1\nl=["x"]\n'],
])('the key %s is the whole document, without secrets, and in no list', async (name, text) => {
  bench.backend.activate({
    'a.b': '1',
    l: { value: '["x"]', list: ['x'] },
    'l.0': 'x',
    s: { value: 's3cret', masked: '[x#1]' },
  });
  const answer = await get(`/v1/kv/${name}?raw`);
  expect(answer.text).toBe(text);
  expect(answer.headers['x-consul-results-filtered-by-acls']).toBe('true');
  expect(decoded((await rows(`/v1/kv/${name}`))[0])).toBe(text);
  expect(await namesBelow('/v1/kv/?recurse')).not.toContain(name);
  expect((await get(`/v1/kv/${name}?raw`, { 'X-Consul-Token': READ_TOKEN })).text).toContain('s3cret');
});

test('without a token a secret is not there, and the answer says that something was left out', async () => {
  bench.backend.activate(PROPERTIES);
  const alone = await get('/v1/kv/db/password');
  expect(alone).toMatchObject({ status: 404, text: '' });
  expect(alone.headers['x-consul-results-filtered-by-acls']).toBe('true');
  const all = await get('/v1/kv/?recurse');
  expect(all.headers['x-consul-results-filtered-by-acls']).toBe('true');
  expect(all.text).not.toContain('password');
  expect((await get('/v1/kv/db/host')).headers).not.toHaveProperty('x-consul-results-filtered-by-acls');
});

test.each([
  ['X-Consul-Token', TOKEN],
  ['X-Consul-Token', READ_TOKEN],
  ['Authorization', `Bearer ${TOKEN}`],
  ['Authorization', `Bearer ${READ_TOKEN}`],
])('with a token in %s it is', async (name, token) => {
  bench.backend.activate(PROPERTIES);
  expect(await get('/v1/kv/db/password?raw', { [name]: token })).toMatchObject({
    status: 200,
    text: 's3cret',
  });
});

test.each([
  ['/v1/kv/db/host', { 'X-Consul-Token': 'old' }],
  ['/v1/kv/db/host', { Authorization: 'Bearer old' }],
  ['/v1/kv/db/host', { Authorization: 'Basic b2xk' }],
  ['/v1/kv/db/host', { 'X-Consul-Token': TOKEN, Authorization: 'Bearer old' }],
  [`/v1/kv/db/host?token=${TOKEN}`, {}],
])('a token that is wrong, or stands where it would be logged, is 403: %s %o', async (path, headers) => {
  bench.backend.activate(PROPERTIES);
  const answer = await get(path, headers);
  expect(answer.status).toBe(403);
  expect(answer.text).toMatch(/^Permission denied/);
});

test('an empty token is none', async () => {
  bench.backend.activate(PROPERTIES);
  expect(await get('/v1/kv/db/host?token=', { 'X-Consul-Token': '' })).toMatchObject({ status: 200 });
});

test('this region is the datacenter, and no other is answered', async () => {
  bench.backend.activate(PROPERTIES);
  expect(await get('/v1/kv/db/host?dc=eu-west-1&stale&consistent&ns=x&partition=y')).toMatchObject({
    status: 200,
  });
  expect(await get('/v1/kv/db/host?dc=')).toMatchObject({ status: 200 });
  expect(await get('/v1/kv/db/host?dc=us-east-1')).toMatchObject({
    status: 500,
    text: 'No path to datacenter',
  });
});

const held = (path: string): Promise<Answer> => get(path);
const waiting = (count: number): Promise<void> => vi.waitFor(() => expect(bench.counts.waiting).toBe(count));

test.each(['/v1/kv/db/host?raw', '/v1/kv/not/yet?raw'])(
  'the present index is held until the next activation: %s',
  async (path) => {
    bench.backend.activate(PROPERTIES);
    const before = bench.backend.revision();
    const answer = held(`${path}&index=${before}&wait=60000ms`);
    await waiting(1);
    bench.backend.activate({ 'db.host': 'new', 'not.yet': 'new' });
    expect(await answer).toMatchObject({ status: 200, text: 'new' });
    expect(Number((await answer).headers['x-consul-index'])).toBeGreaterThan(before);
    expect(bench.counts.waiting).toBe(0);
    expect(bench.clock.sleeping).toBe(0);
  },
);

test('who waits for a key is told when it goes', async () => {
  bench.backend.activate(PROPERTIES);
  const before = bench.backend.revision();
  const answer = held(`/v1/kv/db/host?index=${before}&wait=5m`);
  await waiting(1);
  bench.backend.activate({ 'db.port': '5432' });
  expect(await answer).toMatchObject({ status: 404, text: '' });
  expect(Number((await answer).headers['x-consul-index'])).toBeGreaterThan(before);
});

test.each([
  ['1m0s', 60_000],
  ['1.5s', 1500],
  ['9h', 300_000],
  ['0', 300_000],
])('wait=%s holds for %i ms', async (wait, ms) => {
  bench.backend.activate(PROPERTIES);
  const answer = held(`/v1/kv/no/such?index=${bench.backend.revision()}&wait=${wait}`);
  await waiting(1);
  await bench.clock.advance(ms - 1);
  expect(bench.counts.waiting).toBe(1);
  await bench.clock.advance(1);
  expect(await answer).toMatchObject({ status: 404, text: '' });
});

test('without wait it is five minutes', async () => {
  bench.backend.activate(PROPERTIES);
  const answer = held(`/v1/kv/db/host?index=${bench.backend.revision()}`);
  await waiting(1);
  await bench.clock.advance(300_000);
  expect(await answer).toMatchObject({ status: 200 });
});

test('any other index is answered at once', async () => {
  bench.backend.activate(PROPERTIES);
  const now = bench.backend.revision();
  for (const index of [-1, 0, 1, now - 1, now + 1, Number.MAX_SAFE_INTEGER])
    expect(await get(`/v1/kv/db/host?index=${index}&wait=60s`), String(index)).toMatchObject({ status: 200 });
});

test.each(['index=x', 'index=1&wait=soon', 'index=1&wait=5', 'index=1&wait=-5s'])(
  '%s is refused',
  async (query) => {
    bench.backend.activate(PROPERTIES);
    expect(await get(`/v1/kv/db/host?${query}`)).toMatchObject({ status: 400 });
  },
);

test('the index is the time of the activation, and grows where the clock does not', async () => {
  bench.backend.activate({ a: '1' });
  const first = bench.backend.revision();
  expect(first).toBe(bench.clock.now());
  bench.backend.activate({ a: '2' });
  expect(Number((await get('/v1/kv/a')).headers['x-consul-index'])).toBe(first + 1);
  await bench.clock.advance(5000);
  bench.backend.activate({ a: '3' });
  expect(Number((await get('/v1/kv/a')).headers['x-consul-index'])).toBe(first + 5000);
});

test('when the agent stops, those who wait are answered', async () => {
  bench.backend.activate(PROPERTIES);
  const answer = held(`/v1/kv/db/host?raw&index=${bench.backend.revision()}&wait=5m`);
  await waiting(1);
  const closed = bench.server.close();
  expect(await answer).toMatchObject({ status: 200, text: 'db.internal' });
  await closed;
});

test('256 watchers are told of one change at once, and leave nothing behind', async () => {
  bench.backend.activate(PROPERTIES);
  const index = bench.backend.revision();
  const answers = Array.from({ length: 256 }, () => held(`/v1/kv/db?recurse&index=${index}&wait=5m`));
  await waiting(256);
  expect(await get(`/v1/kv/db?recurse&index=${index}`)).toMatchObject({ status: 503 });
  bench.backend.activate({ 'db.host': 'new' });
  const told = await Promise.all(answers);
  expect(new Set(told.map(({ text }) => text)).size).toBe(1);
  expect(told.every(({ headers }) => headers['x-consul-index'] === String(bench.backend.revision()))).toBe(
    true,
  );
  expect(bench.counts.waiting).toBe(0);
  expect(bench.backend.waiting).toBe(0);
});

test('below a folder everything is there and nothing outside of it', async () => {
  await using other = await withPrefix('config/pay.roll');
  const at = (path: string): Promise<Answer> => ask(other.own, { path });
  expect((await at('/v1/kv/config/pay.roll/db/host?raw')).text).toBe('db.internal');
  expect((await at('/v1/kv/config/pay.roll/db.host?raw')).text).toBe('db.internal');
  expect((await at('/v1/kv/config/pay.roll/landfall.json?raw')).text).toContain('"host":"db.internal"');
  for (const outside of ['db/host', 'landfall.json', 'config/application/db/host', 'config/pay.rolldb/host'])
    expect(await at(`/v1/kv/${outside}`), outside).toMatchObject({ status: 404 });
  const above = JSON.parse((await at('/v1/kv/config/?keys')).text) as string[];
  expect(above[0]).toBe('config/pay.roll/db/host');
  expect(JSON.parse((await at('/v1/kv/config/pay.roll/db.?keys')).text)).toEqual([
    'config/pay.roll/db.host',
    'config/pay.roll/db.port',
  ]);
  expect(JSON.parse((await at('/v1/kv/config/pay.?keys&separator=/')).text)).toEqual(['config/pay.roll/']);
});

async function withPrefix(prefix: string): Promise<ShapeBench & AsyncDisposable> {
  const other = await startShape(createConsulShape(prefix));
  other.backend.activate(PROPERTIES);
  return { ...other, [Symbol.asyncDispose]: () => other.stop() };
}

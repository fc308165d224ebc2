import { afterEach, beforeEach, expect, test } from 'vitest';
import { startApi, TOKEN, type ApiBench } from '../../support/api-bench.ts';
import { ask } from '../../support/raw-http.ts';

let api: ApiBench;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

const path = '/v1/config';

test('gives the whole configuration, fields and keys in the order of the contract', async () => {
  const { digest } = api.backend.activate({
    'db.port': '5432',
    'db.host': 'db.internal',
    hosts: { value: '["a",1]', list: ['a', 1] },
    10: 'ten',
    9: 'nine',
    __proto__x: 'p',
  });
  const answer = await ask(api.tcp, { path });
  expect(answer.status).toBe(200);
  expect(answer.headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    etag: `W/"${digest}"`,
    'x-landfall-generation': '1',
    'cache-control': 'no-store',
  });
  expect(answer.text).toBe(
    `{"generation":1,"release":null,"digest":"${digest}","region":"eu-west-1","zone":"eu-west-1a",` +
      '"account":"123456789012","role":"web","environment":null,"instanceId":"i-0123456789abcdef0",' +
      '"activatedAt":"2026-11-21T00:00:00.000Z","checkedAt":"2026-11-21T00:00:00.000Z","stale":false,"properties":' +
      '{"10":"ten","9":"nine","__proto__x":"p","db.host":"db.internal","db.port":"5432","hosts":["a",1]}}\n',
  );
});

test('says since when it could not check the source, without a new tag', async () => {
  api.backend.activate({ a: '1' });
  const { etag } = (await ask(api.tcp, { path })).headers;
  api.backend.checked = { checkedAt: undefined, stale: true };
  const answer = await ask(api.tcp, { path });
  expect(answer.json()).toMatchObject({ checkedAt: null, stale: true });
  expect(answer.headers.etag).toBe(etag);
});

test('narrows to a prefix', async () => {
  api.backend.activate({ 'db.host': 'x', 'db.port': '1', dbx: '2', 'web.port': '3' });
  const properties = async (prefix: string): Promise<unknown> =>
    (await ask(api.tcp, { path: `${path}?prefix=${prefix}` })).json()['properties'];
  expect(await properties('db.')).toEqual({ 'db.host': 'x', 'db.port': '1' });
  expect(await properties('none')).toEqual({});
});

test.each([
  ['yaml', 'application/yaml; charset=utf-8', 'db.host: "x"\nhosts: "[\\"a\\",\\"b\\"]"\nhosts.0: "a"\n'],
  ['properties', 'text/plain; charset=utf-8', 'db.host=x\nhosts=["a","b"]\nhosts.0=a\n'],
  ['env', 'text/plain; charset=utf-8', 'DB_HOST="x"\nHOSTS="[\\"a\\",\\"b\\"]"\nHOSTS_0="a"\n'],
])('prints %s', async (format, type, text) => {
  api.backend.activate({ 'db.host': 'x', hosts: { value: '["a","b"]', list: ['a', 'b'] }, 'hosts.0': 'a' });
  const answer = await ask(api.tcp, { path: `${path}?format=${format}` });
  expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([200, type, text]);
});

test('an unknown format is a bad request', async () => {
  expect((await ask(api.tcp, { path: `${path}?format=toml` })).json()).toMatchObject({
    status: 400,
    code: 'LF_REQUEST_INVALID',
  });
});

test('redacts secrets in every format, for those without the token', async () => {
  api.backend.secrets.add('pass');
  api.backend.activate({ pass: 'hunter2', user: 'app' });
  for (const format of ['json', 'yaml', 'properties', 'env']) {
    const at = `${path}?format=${format}`;
    const shut = await ask(api.tcp, { path: at });
    expect(shut.text).toContain('[redacted]');
    expect(shut.text).not.toContain('hunter2');
    expect((await ask(api.socket, { path: at })).text).toContain('hunter2');
    const open = await ask(api.tcp, { path: at, headers: { Authorization: `bearer ${TOKEN}` } });
    expect(open.text).toContain('hunter2');
  }
});

test.each([
  ['our tag', (digest: string) => `W/"${digest}"`],
  ['the strong form', (digest: string) => `"${digest}"`],
  ['the bare digest', (digest: string) => digest],
  ['a list', (digest: string) => `"other", W/"${digest}"`],
  ['anything', () => '*'],
])('If-None-Match with %s gives 304', async (_, field) => {
  const { digest } = api.backend.activate({ a: '1' });
  const answer = await ask(api.tcp, { path, headers: { 'If-None-Match': field(digest) } });
  expect([answer.status, answer.text]).toEqual([304, '']);
  expect(answer.headers).toMatchObject({ etag: `W/"${digest}"`, 'x-landfall-generation': '1' });
});

test('before the first generation it is 503, whatever the condition', async () => {
  expect((await ask(api.tcp, { path, headers: { 'If-None-Match': '*' } })).status).toBe(503);
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { startApi, TOKEN, type ApiBench } from '../../support/api-bench.ts';
import { ask, exchangeRaw } from '../../support/raw-http.ts';

let api: ApiBench;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

const JSON_ONLY = { Accept: 'application/json' };

test('gives the bare value as text, without a newline of its own', async () => {
  api.backend.activate({ 'db.host': 'db.internal', greeting: 'grüß\n' });
  const answer = await ask(api.tcp, { path: '/v1/config/db.host' });
  expect(answer.status).toBe(200);
  expect(answer.text).toBe('db.internal');
  expect(answer.headers).toMatchObject({
    'content-type': 'text/plain; charset=utf-8',
    'content-length': '11',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-landfall-generation': '1',
  });
  expect((await ask(api.tcp, { path: '/v1/config/greeting' })).text).toBe('grüß\n');
});

test('gives value and origin as JSON to who prefers that', async () => {
  api.backend.activate({ 'db.host': 'db.internal' });
  const answer = await ask(api.tcp, { path: '/v1/config/db.host', headers: JSON_ONLY });
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(answer.text).toBe(
    '{"key":"db.host","value":"db.internal","layer":"base","file":"app.properties","line":1,"generation":1}\n',
  );
});

test('a typed list is its JSON text in plain text and a list in JSON', async () => {
  api.backend.activate({ hosts: { value: '["a","b"]', list: ['a', 'b'] }, 'hosts.0': 'a', 'hosts.1': 'b' });
  expect((await ask(api.tcp, { path: '/v1/config/hosts' })).text).toBe('["a","b"]');
  const answer = await ask(api.tcp, { path: '/v1/config/hosts', headers: JSON_ONLY });
  expect(answer.json()['value']).toEqual(['a', 'b']);
});

test.each([
  ['a/b c', '/v1/config/a/b%20c'],
  ['größe', '/v1/config/gr%C3%B6%C3%9Fe'],
  ['50%', '/v1/config/50%25'],
  ['a?b', '/v1/config/a%3Fb'],
  ['__proto__', '/v1/config/__proto__'],
  ['a+b', '/v1/config/a+b'],
  ['..', '/v1/config/..'],
  ['', '/v1/config/'],
])('reads the key %j from %s', async (key, path) => {
  api.backend.activate(Object.fromEntries([[key, 'found']]));
  expect((await ask(api.tcp, { path })).text).toBe('found');
});

test('a key in bare UTF-8 is refused with what to do, not misread', async () => {
  api.backend.activate({ größe: '8' });
  const text = await exchangeRaw(api.tcp, 'GET /v1/config/größe HTTP/1.1\r\nHost: localhost\r\n\r\n');
  expect(text).toMatch(/^HTTP\/1\.1 400 .*must be percent-encoded/s);
});

test.each(['/v1/config/%', '/v1/config/%zz', '/v1/config/%ff'])('%s is no valid encoding', async (path) => {
  api.backend.activate({ a: '1' });
  expect((await ask(api.tcp, { path })).status).toBe(400);
});

test('an absent key is a problem that suggests the one meant', async () => {
  api.backend.activate({ 'db.host': 'x', 'db.port': '1' });
  const answer = await ask(api.tcp, { path: '/v1/config/db.hots' });
  expect(answer.status).toBe(404);
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(answer.json()).toEqual({
    type: 'https://landfall.invalid/errors/LF_NO_SUCH_KEY',
    title: 'There is no such key',
    status: 404,
    detail: 'read db.hots: no layer of generation 1 sets it',
    code: 'LF_NO_SUCH_KEY',
    hint: 'Did you mean db.host?',
    operation: 'read',
    subject: 'db.hots',
    cause: 'no layer of generation 1 sets it',
  });
});

test('before the first generation every key is 503 with the reasons of /readyz', async () => {
  const answer = await ask(api.tcp, { path: '/v1/config/db.host' });
  expect(answer.status).toBe(503);
  expect(answer.headers['retry-after']).toBe('1');
  expect(answer.json()).toMatchObject({
    code: 'LF_NOT_READY',
    reasons: [{ code: 'LF_SOURCE_UNREACHABLE', message: 'S3 does not answer' }],
  });
});

test('a secret reads [redacted] in both shapes unless the token or the socket says otherwise', async () => {
  api.backend.secrets.add('db.password');
  api.backend.activate({ 'db.password': 'hunter2' });
  const path = '/v1/config/db.password';
  expect((await ask(api.tcp, { path })).text).toBe('[redacted]');
  expect((await ask(api.tcp, { path, headers: JSON_ONLY })).json()['value']).toBe('[redacted]');
  expect((await ask(api.tcp, { path, headers: { Authorization: 'Bearer wrong' } })).text).toBe('[redacted]');
  expect((await ask(api.tcp, { path, headers: { Authorization: `Bearer ${TOKEN}` } })).text).toBe('hunter2');
  expect((await ask(api.socket, { path })).text).toBe('hunter2');
  expect((await ask(api.tcp, { path })).text).toBe('[redacted]');
});

test('the tag follows the value and not the generation; that of a redacted secret follows the generation', async () => {
  api.backend.secrets.add('secret');
  api.backend.activate({ a: '1', b: '1', secret: 'x' });
  const tag = async (key: string): Promise<string> =>
    (await ask(api.tcp, { path: `/v1/config/${key}` })).headers.etag ?? '';
  const [a, secret] = [await tag('a'), await tag('secret')];
  const second = api.backend.activate({ a: '1', b: '2', secret: 'x' });
  expect(await tag('a')).toBe(a);
  expect(await tag('secret')).not.toBe(secret);
  expect(await tag('secret')).toBe(`W/"${second.digest}"`);
  const unchanged = await ask(api.tcp, { path: '/v1/config/a', headers: { 'If-None-Match': a } });
  expect([unchanged.status, unchanged.text, unchanged.headers.etag]).toEqual([304, '', a]);
});

test('HEAD gives the head of GET', async () => {
  api.backend.activate({ a: '12345' });
  const answer = await ask(api.tcp, { method: 'HEAD', path: '/v1/config/a' });
  expect([answer.status, answer.headers['content-length'], answer.text]).toEqual([200, '5', '']);
});

test('pipelined requests are answered in order on one connection', async () => {
  api.backend.activate({ a: 'first', b: 'second' });
  const text = await exchangeRaw(
    api.tcp,
    ['a', 'b', 'a']
      .map((key) => `GET /v1/config/${key} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
      .join('')
      .concat('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
  );
  expect(text.match(/first|second|"status":"ok"/g)).toEqual(['first', 'second', 'first', '"status":"ok"']);
});

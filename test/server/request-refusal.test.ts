import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startApi, TOKEN, type ApiBench } from '../support/api-bench.ts';
import { ask, dial, exchangeRaw, readAll } from '../support/raw-http.ts';

let api: ApiBench;
beforeAll(async () => {
  api = await startApi();
  api.backend.activate({ 'db.host': 'db.internal' });
});
afterAll(() => api.stop());

const PROXY_FIELDS = [
  'X-Real-IP',
  'X-Client-IP',
  'X-Cluster-Client-IP',
  'True-Client-IP',
  'Client-IP',
  'X-Remote-Addr',
  'X-Amzn-Trace-Id',
  'X-Amz-Cf-Id',
  'CloudFront-Viewer-Country',
  'CF-Connecting-IP',
  'CF-Ray',
  'cdn-loop',
  'X-Envoy-External-Address',
  'X-Envoy-Original-Path',
  'X-Original-URL',
  'X-Original-Forwarded-For',
  'X-ProxyUser-Ip',
  'X-Proxied-Host',
  'Proxy-Connection',
  'Proxy-Authorization',
  'X-Rewrite-URL',
  'X-Azure-ClientIP',
  'X-Cloud-Trace-Context',
  'Fastly-Client-IP',
  'X-Varnish',
  'WL-Proxy-Client-IP',
  'Akamai-Origin-Hop',
  'X-Akamai-Edgescape',
  'X-Nginx-Proxy',
  'X-Traefik-Router',
  'X-Scheme',
  'X-ARR-LOG-ID',
] as const;

const BIG = 64 * 1024 + 1;

test.each([
  ['a rebound name', { Host: 'evil.example' }],
  ['a rebound name with our port', { Host: 'evil.example:5263' }],
  ['a name that starts like loopback', { Host: 'localhost.evil.example' }],
  ['a name that ends like loopback', { Host: 'evil-localhost' }],
  ['an address that starts like loopback', { Host: '127.0.0.1.evil.example' }],
  ['another address of this host', { Host: '10.0.0.7' }],
  ['the wildcard address', { Host: '0.0.0.0' }],
  ['the metadata address', { Host: '169.254.169.254' }],
  ['credentials before the host', { Host: 'localhost@evil.example' }],
  ['X-Forwarded-For', { 'X-Forwarded-For': '127.0.0.1' }],
  ['X-Forwarded-Host in another case', { 'x-FORWARDED-host': 'localhost' }],
  ['an unheard-of X-Forwarded-Field', { 'X-Forwarded-Whatever': '1' }],
  ['Forwarded', { Forwarded: 'for=127.0.0.1' }],
  ['Via', { Via: '1.1 proxy' }],
  ...PROXY_FIELDS.map((name): [string, Record<string, string>] => [name, { [name]: '1' }]),
  ['a foreign Origin', { Origin: 'https://evil.example' }],
  ['the opaque Origin', { Origin: 'null' }],
  ['an Origin that starts like loopback', { Origin: 'http://localhost.evil.example' }],
  ['an Origin of another scheme', { Origin: 'chrome-extension://localhost' }],
  ['a page of another site', { 'Sec-Fetch-Site': 'cross-site' }],
])('refuses %s over TCP, even with the token', async (_, headers) => {
  const before = api.counts.refused;
  const answer = await ask(api.tcp, {
    path: '/v1/config/db.host',
    headers: { Authorization: `Bearer ${TOKEN}`, ...headers },
  });
  expect(answer.status).toBe(403);
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(answer.json()).toMatchObject({ status: 403, code: 'LF_REQUEST_REFUSED' });
  expect(answer.text).not.toContain('db.internal');
  expect(api.counts.refused).toBe(before + 1);
});

test.each([
  ['localhost', { Host: 'localhost' }],
  ['localhost in capitals, any port', { Host: 'LOCALHOST:80' }],
  ['127.0.0.1', { Host: '127.0.0.1:5263' }],
  ['another address of 127.0.0.0/8', { Host: '127.255.0.254' }],
  ['IPv6 loopback', { Host: '[::1]:5263' }],
  [
    'a page on loopback',
    { Host: 'localhost', Origin: 'http://localhost:3000', 'Sec-Fetch-Site': 'same-site' },
  ],
  [
    'fields that programs send themselves',
    { Host: 'localhost', 'X-Request-Id': '1', traceparent: '00-1', 'X-B3-TraceId': '1', 'X-Amz-Date': '1' },
  ],
  ['a page on IPv6 loopback', { Host: 'localhost', Origin: 'https://[::1]' }],
])('serves %s', async (_, headers) => {
  expect((await ask(api.tcp, { path: '/v1/config/db.host', headers })).text).toBe('db.internal');
});

test('two Host fields are refused, whatever the first says', async () => {
  const text = await exchangeRaw(
    api.tcp,
    'GET /v1/config/db.host HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n',
  );
  expect(text).toMatch(/^HTTP\/1\.1 403 /);
});

test('an empty Host is refused', async () => {
  const text = await exchangeRaw(api.tcp, 'GET /healthz HTTP/1.1\r\nHost:\r\n\r\n');
  expect(text).toMatch(/^HTTP\/1\.1 403 /);
});

test('HTTP/1.1 without Host is a bad request; HTTP/1.0 has none to send', async () => {
  const modern = await exchangeRaw(api.tcp, 'GET /healthz HTTP/1.1\r\n\r\n');
  expect(modern).toMatch(/^HTTP\/1\.1 400 /);
  expect(modern).toContain('"code":"LF_REQUEST_INVALID"');
  expect(await exchangeRaw(api.tcp, 'GET /healthz HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
});

test('a target in the form proxies use is refused', async () => {
  const text = await exchangeRaw(
    api.tcp,
    'GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n',
  );
  expect(text).toMatch(/^HTTP\/1\.1 403 /);
});

test('over the socket any Host will do, and none too, but proxies and pages are refused as well', async () => {
  const at = { path: '/v1/config/db.host' };
  expect((await ask(api.socket, { ...at, headers: { Host: 'whatever' } })).text).toBe('db.internal');
  const bare = await exchangeRaw(api.socket, 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n');
  expect(bare).toMatch(/^HTTP\/1\.1 200 /);
  expect((await ask(api.socket, { ...at, headers: { 'X-Forwarded-For': '::1' } })).status).toBe(403);
  expect((await ask(api.socket, { ...at, headers: { Origin: 'https://evil.example' } })).status).toBe(403);
});

test.each(['PUT', 'GET'])('a %s body over 64 KiB is refused, declared or chunked', async (method) => {
  const path = method === 'PUT' ? '/v1/overrides/a' : '/v1/config';
  const authorized = { Authorization: `Bearer ${TOKEN}` };
  const declared = await ask(api.tcp, {
    method,
    path,
    headers: { ...authorized, 'Content-Length': String(BIG) },
    body: Buffer.alloc(BIG, 32),
  });
  expect(declared.status).toBe(413);
  expect(declared.json()).toMatchObject({ code: 'LF_REQUEST_REFUSED' });
  const chunked = await ask(api.tcp, {
    method,
    path,
    headers: { ...authorized, 'Transfer-Encoding': 'chunked' },
    body: Buffer.alloc(BIG, 32),
  });
  expect(chunked.status).toBe(413);
});

test('a large body is read before it is refused, for its sender would see a reset instead of the answer', async () => {
  const { requests, refused } = api.counts;
  const sender = await dial(api.tcp);
  sender.write(`PUT /v1/overrides/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${BIG}\r\n\r\n`);
  await vi.waitFor(() => expect(api.counts.requests).toBe(requests + 1));
  expect(api.counts.refused).toBe(refused);
  sender.write('x'.repeat(BIG));
  expect(await readAll(sender)).toMatch(/^HTTP\/1\.1 413 /);
});

test('an endless body is cut off', async () => {
  const head = `PUT /v1/overrides/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n`;
  expect(await exchangeRaw(api.tcp, head + 'x'.repeat(17 * 64 * 1024))).toMatch(/^HTTP\/1\.1 413 /);
});

test('what is not HTTP gets a problem and loses its connection', async () => {
  expect(await exchangeRaw(api.tcp, 'HELLO\r\n\r\n')).toMatch(
    /^HTTP\/1\.1 400 .*"code":"LF_REQUEST_INVALID"/s,
  );
  const head = `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`;
  expect(await exchangeRaw(api.tcp, head)).toMatch(/^HTTP\/1\.1 431 /);
});

test.each([
  ['POST', '/v1/config', 'GET, HEAD'],
  ['OPTIONS', '/v1/config/a', 'GET, HEAD'],
  ['GET', '/v1/refresh', 'POST'],
  ['GET', '/v1/overrides/a', 'PUT, DELETE'],
  ['PATCH', '/v1/overrides/a', 'PUT, DELETE'],
])('%s %s is 405 and names what is allowed', async (method, path, allow) => {
  const answer = await ask(api.tcp, { method, path });
  expect(answer.status).toBe(405);
  expect(answer.headers.allow).toBe(allow);
  expect(answer.json()).toMatchObject({ code: 'LF_REQUEST_INVALID' });
});

test.each([
  '/',
  '/v1',
  '/v2/config',
  '/v1/generations/1',
  '/v1/generations/x/diff',
  '/healthz/',
  '//healthz',
])('%s is no route, and the hint lists those there are', async (path) => {
  const answer = await ask(api.tcp, { path });
  expect(answer.status).toBe(404);
  expect(answer.json()['hint']).toContain('/v1/explain/{key}');
});

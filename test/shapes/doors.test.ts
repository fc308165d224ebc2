import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAppconfigShape } from '#agent/shapes/appconfig/appconfig-shape.ts';
import { createArchaiusShape } from '#agent/shapes/archaius/archaius-shape.ts';
import { createConsulShape } from '#agent/shapes/consul/consul-shape.ts';
import { createSpringShape } from '#agent/shapes/spring/spring-shape.ts';
import type { Shape } from '../../config-service/server/http/shape.ts';
import { READ_TOKEN, startApi, startShape, TOKEN, type ShapeBench } from '../support/api-bench.ts';
import { FAKE_FACTS } from '../support/fake-backend.ts';
import { ask, exchangeRaw } from '../support/raw-http.ts';

const APPCONFIG = '/applications/app/environments/prod/configurations/landfall';

/** A path of each shape: at its own door, and at the main one. */
const SHAPES: readonly (readonly [name: string, make: () => Shape, own: string, main: string])[] = [
  ['consul', () => createConsulShape(''), '/v1/kv/a', '/v1/kv/a'],
  ['spring', createSpringShape, '/app/prod', '/spring/app/prod'],
  ['appconfig', createAppconfigShape, APPCONFIG, APPCONFIG],
  ['archaius', createArchaiusShape, '/1/config.properties', '/archaius/1/config.properties'],
];

const activate = ({ backend }: Pick<ShapeBench, 'backend'>) =>
  backend.activate({ a: '1' }, { facts: { ...FAKE_FACTS, environment: 'prod' } });

describe.each(SHAPES)('%s', (_name, make, own, main) => {
  let bench: ShapeBench;
  beforeEach(async () => {
    bench = await startShape(make());
  });
  afterEach(() => bench.stop());

  test('answered at its own door, at the main one and at the socket', async () => {
    activate(bench);
    expect((await ask(bench.own, { path: own })).status).toBe(200);
    expect((await ask(bench.tcp, { path: main })).status).toBe(200);
    expect((await ask(bench.socket, { path: main })).status).toBe(200);
  });

  test('its own door answers nothing else', async () => {
    activate(bench);
    for (const path of ['/', '/healthz', '/metrics', '/readyz', '/v1'])
      expect((await ask(bench.own, { path })).status, path).toBe(404);
    const overriding = {
      method: 'PUT',
      path: '/v1/overrides/a',
      headers: { Authorization: `Bearer ${TOKEN}` },
    };
    expect((await ask(bench.own, { path: '/healthz' })).json()['hint']).toMatch(/^This door answers /);
    expect([404, 405]).toContain((await ask(bench.own, { ...overriding, body: '{}' })).status);
    expect(bench.backend.overrides).toEqual([]);
  });

  test('not turned on, it is not there', async () => {
    const off = await startApi();
    activate(off);
    expect((await ask(off.tcp, { path: main })).status).toBe(404);
    await off.stop();
  });

  test.each([
    ['a foreign host', { Host: 'evil.example' }],
    ['a proxy', { 'X-Forwarded-For': '1.2.3.4' }],
    ['a proxy that says so', { Via: '1.1 x' }],
    ['a foreign origin', { Origin: 'https://evil.example' }],
    ['a page of another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['too much', { 'Content-Length': '70000' }],
  ])('refuses %s at each door', async (_, headers: Readonly<Record<string, string>>) => {
    activate(bench);
    const lines = Object.entries({ Host: 'localhost', ...headers }).map(
      ([key, value]) => `${key}: ${value}\r\n`,
    );
    const body = 'Content-Length' in headers ? 'x'.repeat(70_000) : '';
    for (const [place, path] of [
      [bench.own, own],
      [bench.tcp, main],
    ] as const) {
      const answer = await exchangeRaw(
        place,
        `GET ${path} HTTP/1.1\r\n${lines.join('')}Connection: close\r\n\r\n${body}`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 4(?:03|13) /);
    }
  });

  test.each(['PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS'])('%s is 405', async (method) => {
    activate(bench);
    const answer = await ask(bench.own, { method, path: own, headers: { Authorization: `Bearer ${TOKEN}` } });
    expect(answer.status).toBe(405);
    expect(answer.headers).toMatchObject({ allow: 'GET, HEAD', 'x-landfall-generation': '1' });
  });

  test('503 with Retry-After while nothing is active', async () => {
    const answer = await ask(bench.own, { path: own });
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.json()).toMatchObject({ code: 'LF_NOT_READY' });
  });

  test('HEAD is GET without the body', async () => {
    activate(bench);
    const answer = await ask(bench.own, { method: 'HEAD', path: own });
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'x-landfall-generation': '1' });
  });

  test('a long value comes whole and the same each time, also to HEAD, which has its length', async () => {
    const long = 'ü日😀 '.repeat(64 * 1024);
    bench.backend.activate({ a: long }, { facts: { ...FAKE_FACTS, environment: 'prod' } });
    const [first, second] = [await ask(bench.own, { path: own }), await ask(bench.own, { path: own })];
    const row = /"Value":"([^"]*)"/.exec(first.text)?.[1];
    const text = row === undefined ? first.text : Buffer.from(row, 'base64').toString();
    expect(text.includes(long)).toBe(true);
    expect(second.text === first.text).toBe(true);
    const length = first.headers['content-length'];
    expect(length ?? String(Buffer.byteLength(first.text))).toBe(String(Buffer.byteLength(first.text)));
    const head = await ask(bench.own, { method: 'HEAD', path: own });
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(head.headers['content-length']).toBe(length);
  });

  test('an offer to go on with HTTP/2, as Java makes it, is passed over', async () => {
    activate(bench);
    const answer = await exchangeRaw(
      bench.own,
      `GET ${own} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\n` +
        'HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('the socket is trusted, and an old token is not, there either', async () => {
    activate(bench);
    const old = { Authorization: 'Bearer old' };
    expect([401, 403]).toContain((await ask(bench.socket, { path: main, headers: old })).status);
    const refused = await ask(bench.own, { path: own, headers: old });
    expect([401, 403]).toContain(refused.status);
    expect(refused.headers).toMatchObject({ 'cache-control': 'no-store', 'x-landfall-generation': '1' });
  });
});

test('a token that only reads sees secrets in the local API, too, and writes nothing', async () => {
  const bench = await startApi();
  bench.backend.activate({ s: 's3cret' });
  bench.backend.secrets.add('s');
  const headers = { Authorization: `Bearer ${READ_TOKEN}` };
  expect((await ask(bench.tcp, { path: '/v1/config/s', headers })).text).toBe('s3cret');
  const refused = await ask(bench.tcp, { method: 'POST', path: '/v1/refresh', headers });
  expect(refused.status).toBe(401);
  expect(refused.json()).toMatchObject({ code: 'LF_UNAUTHORIZED', cause: 'the token may only read' });
  await bench.stop();
});

test('a port that is taken is named with the setting that chose it', async () => {
  const bench = await startApi();
  const shape = createConsulShape('');
  const taken = await bench.server.listenTcp('127.0.0.1', bench.tcp.port, {
    shape,
    setting: 'LANDFALL_CONSUL_LISTEN',
  });
  expect(taken).toMatchObject({
    kind: 'fail',
    fault: { code: 'LF_LISTEN', subject: `127.0.0.1:${bench.tcp.port}` },
  });
  expect(taken.kind === 'fail' && taken.fault.hint).toContain('LANDFALL_CONSUL_LISTEN');
  expect(await bench.server.listenTcp('0.0.0.0', 0, { shape, setting: 'X' })).toMatchObject({
    fault: { cause: 'the address is not loopback' },
  });
  await bench.stop();
});

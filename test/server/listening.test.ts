import { lstat, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '#kit/logger.ts';
import { createApiServer, type ApiServer } from '../../config-service/server/api-server.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeBackend } from '../support/fake-backend.ts';
import { ask } from '../support/raw-http.ts';

let folder: string;
let path: string;
let servers: { close(): unknown }[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'landfall-listen-'));
  path = join(folder, 'landfall.sock');
  servers = [];
});
afterEach(async () => {
  for (const server of servers) await server.close();
  await rm(folder, { recursive: true });
});

function newApi(): ApiServer {
  const clock = new FakeClock();
  const api = createApiServer({
    backend: new FakeBackend(clock),
    clock,
    logger: silentLogger,
    token: 't',
    version: '1',
  });
  servers.push(api);
  return api;
}

/** A listener that leaves its socket file behind, as a killed process does. */
async function leaveStaleSocket(): Promise<void> {
  const server = await foreignListener(join(folder, 'bound'));
  await rename(join(folder, 'bound'), path);
  await new Promise((resolve) => server.close(resolve));
}

function foreignListener(at: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(at, () => resolve(server));
  });
}

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['localhost', '127.0.0.1'],
  ['127.8.9.10', '127.8.9.10'],
])('listens on %s, port 0 meaning a free one', async (host, bound) => {
  const outcome = await newApi().listenTcp(host, 0);
  expect(outcome).toEqual({ kind: 'ok', value: { host: bound, port: expect.any(Number) as number } });
  if (outcome.kind !== 'ok') return;
  expect(outcome.value.port).toBeGreaterThan(0);
  expect((await ask(outcome.value, { path: '/healthz' })).status).toBe(200);
});

test.each(['0.0.0.0', '::', '10.0.0.7', 'example.com', '127.0.0.1.example.com', '', '169.254.169.254'])(
  'never listens on %j',
  async (host) => {
    expect(await newApi().listenTcp(host, 0)).toMatchObject({
      kind: 'fail',
      fault: { code: 'LF_LISTEN', cause: 'the address is not loopback' },
    });
  },
);

test('a port that is taken is a fault that says what to do', async () => {
  const first = await newApi().listenTcp('127.0.0.1', 0);
  if (first.kind !== 'ok') throw new Error('no free port');
  const second = await newApi().listenTcp('127.0.0.1', first.value.port);
  expect(second).toMatchObject({
    kind: 'fail',
    fault: { code: 'LF_LISTEN', subject: `127.0.0.1:${first.value.port}` },
  });
  expect(second.kind === 'fail' && second.fault.hint).toMatch(/LANDFALL_LISTEN/);
});

test('the socket appears with its mode, alone in its folder, and goes when the server closes', async () => {
  const api = newApi();
  expect(await api.listenSocket(path)).toEqual({ kind: 'ok', value: undefined });
  expect((await stat(path)).mode & 0o777).toBe(0o660);
  expect(await readdir(folder)).toEqual(['landfall.sock']);
  expect((await ask({ socketPath: path }, { path: '/healthz' })).status).toBe(200);
  await api.close();
  expect(await readdir(folder)).toEqual([]);
});

test('another mode is kept too', async () => {
  await newApi().listenSocket(path, 0o600);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('a socket that nobody answers on is replaced', async () => {
  await leaveStaleSocket();
  expect((await lstat(path)).isSocket()).toBe(true);
  expect((await newApi().listenSocket(path)).kind).toBe('ok');
  expect((await ask({ socketPath: path }, { path: '/healthz' })).status).toBe(200);
});

test('a socket that somebody answers on is left to them', async () => {
  servers.push(await foreignListener(path));
  const { ino } = await lstat(path);
  expect(await newApi().listenSocket(path)).toMatchObject({
    kind: 'fail',
    fault: { code: 'LF_LISTEN', subject: path, cause: 'another process answers there' },
  });
  expect((await lstat(path)).ino).toBe(ino);
});

test.each([
  ['a file', () => writeFile(path, 'precious')],
  ['a folder', () => mkdir(path)],
])('%s in the way is left alone', async (_, put) => {
  await put();
  expect(await newApi().listenSocket(path)).toMatchObject({
    kind: 'fail',
    fault: { code: 'LF_LISTEN', cause: 'a file that is not a socket is in the way' },
  });
  expect(await readdir(folder)).toEqual(['landfall.sock']);
});

test('a folder that is not there, and a path too long for a socket, are faults with hints', async () => {
  const missing = await newApi().listenSocket(join(folder, 'none', 'l.sock'));
  expect(missing.kind === 'fail' && missing.fault.hint).toMatch(/create it/);
  const deep = join(folder, 'd'.repeat(100));
  await mkdir(deep);
  const long = await newApi().listenSocket(join(deep, 'landfall.sock'));
  expect(long.kind === 'fail' && long.fault.hint).toMatch(/107 bytes/);
  expect(await readdir(deep)).toEqual([]);
});

test('closing leaves the socket of a successor alone', async () => {
  const old = newApi();
  await old.listenSocket(path);
  await rm(path);
  await newApi().listenSocket(path);
  await old.close();
  expect((await ask({ socketPath: path }, { path: '/healthz' })).status).toBe(200);
});

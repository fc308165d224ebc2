import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkListening } from '#agent/doctor/listening.ts';
import { loadSettings, type Settings, type SettingsInput } from '#agent/settings/settings.ts';
import { valueOf } from '../support/fetching.ts';

let folder: string;
let server: Server;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'landfall-listening-'));
  server = createServer();
});
afterEach(async () => {
  if (server.listening) await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const settings = (listen: string, flags: SettingsInput['flags'] = {}): Settings =>
  valueOf(loadSettings({ env: {}, configFile: undefined, flags: { runDir: folder, listen, ...flags } }));

const open = (where: { path: string } | { host: string; port: number }) =>
  new Promise<void>((resolve) => server.listen(where, resolve));

it('a port of another program is a failure, with the code of a start', async () => {
  await open({ host: '127.0.0.1', port: 0 });
  const { port } = server.address() as AddressInfo;
  expect(await checkListening(settings(`127.0.0.1:${port}`))).toMatchObject({
    level: 'failure',
    code: 'LF_LISTEN',
    wayOut: expect.stringContaining(`ss -ltnp sport = :${port}`) as string,
  });
});

it('a free port stays free', async () => {
  await open({ host: '127.0.0.1', port: 0 });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  expect(await checkListening(settings(`127.0.0.1:${port}`))).toMatchObject({ level: 'ok' });
  await open({ host: '127.0.0.1', port });
});

it('the port is not tried while the daemon answers at its socket', async () => {
  await open({ path: join(folder, 'landfall.sock') });
  expect((await checkListening(settings('127.0.0.1:0'))).says).toMatch(
    /^the daemon runs and listens on .*landfall\.sock$/,
  );
});

it('without a port there is nothing to try', async () => {
  expect((await checkListening(settings(''))).says).toMatch(/^socket only: /);
});

it('a door of one shape is looked at as well, and named by its own setting: Consul itself may be there', async () => {
  await open({ host: '127.0.0.1', port: 0 });
  const { port } = server.address() as AddressInfo;
  const flags = { compat: 'consul', consulListen: `127.0.0.1:${port}` };
  expect(await checkListening(settings('127.0.0.1:0', flags))).toMatchObject({
    level: 'failure',
    code: 'LF_LISTEN',
    says: `listen on 127.0.0.1:${port}: another program has the port`,
    wayOut: expect.stringContaining('LANDFALL_CONSUL_LISTEN') as string,
  });
  await new Promise((resolve) => server.close(resolve));
  expect(await checkListening(settings('127.0.0.1:0', flags))).toMatchObject({
    level: 'ok',
    says: `127.0.0.1:0, 127.0.0.1:${port} are free`,
  });
});

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startSandbox } from '../../scripts/sandbox/sandbox.ts';
import type { Sandbox } from '../../scripts/sandbox/sandbox.ts';
import type { Fault } from '../../scripts/sandbox/wire/faults.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ask, signedFor } from './wire.ts';
import type { Reply } from './wire.ts';

const clock = new FakeClock();
const headers = signedFor('s3', 'eu-west-1');
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ clock });
  sandbox.addBucket({ name: 'b', region: 'eu-west-1' });
  sandbox.putObject('b', 'k', '0123456789');
  sandbox.putObject('b', 'dir/k', '0123456789');
});
afterEach(() => sandbox.faults.clear());
afterAll(() => sandbox.close());

const get = (path = '/b/k'): Promise<Reply> => ask(`${sandbox.url}${path}`, { headers });

it('throttles in the words of the service, so many times', async () => {
  sandbox.faults.add({ service: 's3', effect: 'throttle', times: 2 });
  for (let turn = 0; turn < 2; turn += 1) {
    const reply = await get();
    expect(reply.status).toBe(503);
    expect(reply.body).toContain('<Code>SlowDown</Code>');
  }
  expect((await get()).status).toBe(200);
  expect(sandbox.faults.list()).toEqual([]);
});

it('answers with a status and code of choice, or with a body that is not from AWS', async () => {
  sandbox.faults.add({ effect: { status: 403, code: 'AccessDenied' }, times: 1 });
  expect((await get()).body).toContain('<Code>AccessDenied</Code>');
  sandbox.faults.add({ effect: { status: 502, body: '<html>', headers: { 'content-type': 'text/html' } } });
  expect(await get()).toMatchObject({
    status: 502,
    body: '<html>',
    headers: { 'content-type': 'text/html' },
  });
});

it.each<[string, Fault]>([
  ['resets before it acts', { effect: 'reset' }],
  ['cuts the body short of its content-length', { effect: 'truncate' }],
  ['loses the answer', { effect: 'lose' }],
])('%s', async (_, fault) => {
  sandbox.faults.add(fault);
  await expect(get()).rejects.toMatchObject({ code: 'ECONNRESET' });
});

it('lose has taken effect, reset has not', async () => {
  const put = (key: string) => ask(`${sandbox.url}/b/${key}`, { method: 'PUT', headers, body: 'x' });
  sandbox.faults.add({ effect: 'lose', times: 1 });
  await expect(put('lost')).rejects.toThrow();
  sandbox.faults.add({ effect: 'reset', times: 1 });
  await expect(put('reset')).rejects.toThrow();
  expect(sandbox.getObject('b', 'lost')?.body.toString()).toBe('x');
  expect(sandbox.getObject('b', 'reset')).toBeUndefined();
});

it('delays, then serves', async () => {
  sandbox.faults.add({ delayMs: 5000 });
  const before = sandbox.requests.entries.length;
  const pending = get();
  while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(4999);
  expect(sandbox.requests.entries).toHaveLength(before);
  await clock.advance(1);
  expect((await pending).body).toBe('0123456789');
});

it('trickles a byte each 100 ms', async () => {
  sandbox.faults.add({ effect: 'trickle' });
  const pending = get();
  for (let byte = 0; byte < 10; byte += 1) {
    while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(100);
  }
  expect((await pending).body).toBe('0123456789');
});

it.each<[Fault, boolean]>([
  [{ path: '/b/k' }, true],
  [{ path: '/b/dir/*' }, false],
  [{ path: '*k' }, true],
  [{ path: '/b/.' }, false],
  [{ method: 'PUT' }, false],
  [{ operation: 'GetObject' }, true],
  [{ operation: 'ListObjectsV2' }, false],
  [{ region: 'eu-west-1' }, true],
  [{ region: 'us-east-1' }, false],
  [{ service: 'imds' }, false],
])('%o hits GET /b/k: %s', async (fault, hits) => {
  sandbox.faults.add({ ...fault, effect: { status: 418 } });
  expect((await get()).status).toBe(hits ? 418 : 200);
});

it('reaches the metadata service too', async () => {
  const instance = await sandbox.addInstance({ region: 'eu-west-1' });
  sandbox.faults.add({ service: 'imds', operation: 'Token', effect: 'throttle' });
  const reply = await ask(`${instance.imdsUrl}/latest/api/token`, { method: 'PUT' });
  expect(reply.status).toBe(429);
});

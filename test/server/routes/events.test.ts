import { request, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startApi, type ApiBench } from '../../support/api-bench.ts';
import { ask, dial, readUntil } from '../../support/raw-http.ts';

let api: ApiBench;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

function subscribe(path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...api.tcp, path, headers, agent: false }, resolve);
    outgoing.once('error', reject);
    outgoing.end();
  });
}

test('streams what happens from now on', async () => {
  api.backend.events.record('source', { state: 'before' });
  const stream = await subscribe('/v1/events');
  expect(stream.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
  });
  const text = readUntil(stream, (so) => so.includes('id: 3'));
  await vi.waitFor(() => expect(api.counts.subscribers).toBe(1));
  api.backend.events.record('generation', { number: 2, digest: 'ab' });
  api.backend.events.record('refused', { code: 'LF_SHRUNK' });
  expect(await text).toBe(
    'retry: 2000\n\n' +
      'id: 2\nevent: generation\ndata: {"at":"2026-11-21T00:00:00.000Z","number":2,"digest":"ab"}\n\n' +
      'id: 3\nevent: refused\ndata: {"at":"2026-11-21T00:00:00.000Z","code":"LF_SHRUNK"}\n\n',
  );
});

test.each([
  ['since=0 tells all that is remembered', '/v1/events?since=0', {}, ['1', '2', '3']],
  ['since=1 tells the rest', '/v1/events?since=1', {}, ['2', '3']],
  ['Last-Event-ID is newer than since', '/v1/events?since=0', { 'Last-Event-ID': '2' }, ['3']],
  ['an id of an earlier process tells all', '/v1/events?since=900', {}, ['1', '2', '3']],
] as const)('%s', async (_, path, headers, ids) => {
  for (let n = 1; n <= 3; n += 1) api.backend.events.record('applied', { n });
  const text = await readUntil(await subscribe(path, headers), (so) => so.includes('"n":3'));
  expect([...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => id)).toEqual(ids);
});

test('since that is no id is a bad request', async () => {
  expect((await ask(api.tcp, { path: '/v1/events?since=yesterday' })).status).toBe(400);
});

test('a heartbeat goes out every 15 seconds', async () => {
  const stream = await subscribe('/v1/events');
  const text = readUntil(stream, (so) => so.split(': heartbeat').length === 3);
  await vi.waitFor(() => expect(api.clock.sleeping).toBe(1));
  await api.clock.advance(30_000);
  expect(await text).toBe('retry: 2000\n\n: heartbeat\n\n: heartbeat\n\n');
});

test('a client that leaves is forgotten', async () => {
  const stream = await subscribe('/v1/events');
  await vi.waitFor(() => expect(api.counts.subscribers).toBe(1));
  stream.destroy();
  await vi.waitFor(() => expect(api.counts.subscribers).toBe(0));
  expect(api.clock.sleeping).toBe(0);
});

test('a client that does not read is cut and counted; the others go on', async () => {
  const slow = await dial(api.tcp);
  slow.pause();
  slow.write('GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const healthy = await subscribe('/v1/events');
  healthy.resume();
  await vi.waitFor(() => expect(api.counts.subscribers).toBe(2));
  const large = { text: 'x'.repeat(64 * 1024) };
  // Some MiB vanish in the kernel's buffers before a byte of them waits in ours.
  for (let n = 0; n < 1000 && api.counts.dropped === 0; n += 1) {
    api.backend.events.record('applied', large);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(api.counts.dropped).toBe(1);
  await vi.waitFor(() => expect(api.counts.subscribers).toBe(1));
  expect(healthy.destroyed).toBe(false);
  slow.destroy();
});

test('the 65th stream is turned away and counted', async () => {
  await Promise.all(Array.from({ length: 64 }, () => subscribe('/v1/events')));
  const answer = await ask(api.tcp, { path: '/v1/events' });
  expect([answer.status, answer.json()['code']]).toEqual([503, 'LF_BUSY']);
  expect(api.counts.turnedAway).toBe(1);
});

test('HEAD opens no stream', async () => {
  const answer = await ask(api.tcp, { method: 'HEAD', path: '/v1/events' });
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
  expect(api.counts.subscribers).toBe(0);
});

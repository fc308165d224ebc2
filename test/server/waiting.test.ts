import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startApi, type ApiBench } from '../support/api-bench.ts';
import { ask, type Answer } from '../support/raw-http.ts';

let api: ApiBench;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

function wait(path: string, etag: string, signal?: AbortSignal): Promise<Answer> {
  return ask(api.tcp, { path, headers: { 'If-None-Match': etag }, ...(signal && { signal }) });
}

const waiting = (count: number): Promise<void> => vi.waitFor(() => expect(api.counts.waiting).toBe(count));

test('a blocking query holds until the digest differs', async () => {
  const first = api.backend.activate({ a: '1' });
  const answer = wait('/v1/config?wait=30s', first.digest);
  await waiting(1);
  const second = api.backend.activate({ a: '2' });
  expect((await answer).json()).toMatchObject({ digest: second.digest, properties: { a: '2' } });
  expect(api.counts.waiting).toBe(0);
  expect(api.clock.sleeping).toBe(0);
});

test('it ends with 304 when its time is up, not before', async () => {
  const { digest } = api.backend.activate({ a: '1' });
  const answer = wait('/v1/config?wait=30s', digest);
  await waiting(1);
  await api.clock.advance(29_999);
  expect(api.counts.waiting).toBe(1);
  await api.clock.advance(1);
  expect((await answer).status).toBe(304);
  expect(api.backend.waiting).toBe(0);
});

test('it lasts five minutes at most', async () => {
  const { digest } = api.backend.activate({ a: '1' });
  const answer = wait('/v1/config?wait=9h', digest);
  await waiting(1);
  await api.clock.advance(300_000);
  expect((await answer).status).toBe(304);
});

test('a bare number counts seconds', async () => {
  const { digest } = api.backend.activate({ a: '1' });
  const answer = wait('/v1/config?wait=2', digest);
  await waiting(1);
  await api.clock.advance(2000);
  expect((await answer).status).toBe(304);
});

test('an old tag, no tag and a wait of nothing are answered at once', async () => {
  const { digest } = api.backend.activate({ a: '1' });
  expect((await wait('/v1/config?wait=30s', '"old"')).status).toBe(200);
  expect((await ask(api.tcp, { path: '/v1/config?wait=30s' })).status).toBe(200);
  expect((await wait('/v1/config?wait=0', digest)).status).toBe(304);
});

test.each(['soon', '-1s', ''])('wait=%s is a bad request', async (text) => {
  api.backend.activate({ a: '1' });
  expect((await ask(api.tcp, { path: `/v1/config?wait=${text}` })).status).toBe(400);
  expect((await ask(api.tcp, { path: `/v1/config/a?wait=${text}` })).status).toBe(400);
});

test('waiting for one key sleeps through changes of others', async () => {
  api.backend.activate({ a: '1', b: '1' });
  const { etag = '' } = (await ask(api.tcp, { path: '/v1/config/a' })).headers;
  const answer = wait('/v1/config/a?wait=30s', etag);
  await waiting(1);
  api.backend.activate({ a: '1', b: '2' });
  await vi.waitFor(() => expect(api.backend.waiting).toBe(1));
  expect(api.counts.waiting).toBe(1);
  api.backend.activate({ a: '2', b: '2' });
  expect((await answer).text).toBe('2');
});

test('waiting for a key that disappears ends with 404', async () => {
  api.backend.activate({ a: '1', b: '1' });
  const { etag = '' } = (await ask(api.tcp, { path: '/v1/config/a' })).headers;
  const answer = wait('/v1/config/a?wait=30s', etag);
  await waiting(1);
  api.backend.activate({ b: '1' });
  expect((await answer).status).toBe(404);
});

test('a client that leaves frees its place', async () => {
  const { digest } = api.backend.activate({ a: '1' });
  const client = new AbortController();
  const answer = wait('/v1/config?wait=30s', digest, client.signal);
  await waiting(1);
  client.abort();
  await expect(answer).rejects.toThrow();
  await waiting(0);
  expect(api.clock.sleeping).toBe(0);
  expect(api.backend.waiting).toBe(0);
});

test('the 257th waiting client is turned away and counted', async () => {
  const { digest } = api.backend.activate({ a: '1' });
  const held = Array.from({ length: 256 }, () => wait('/v1/config?wait=30s', digest));
  await waiting(256);
  const answer = await wait('/v1/config?wait=30s', digest);
  expect(answer.status).toBe(503);
  expect(answer.json()).toMatchObject({ code: 'LF_BUSY' });
  expect(answer.headers['retry-after']).toBe('5');
  expect(api.counts.turnedAway).toBe(1);
  api.backend.activate({ a: '2' });
  expect((await Promise.all(held)).every(({ status }) => status === 200)).toBe(true);
});

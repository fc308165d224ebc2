import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ok, type Outcome } from '#kit/outcome.ts';
import type { Document } from '../../config-service/server/backend/api-backend.ts';
import { startApi, type ApiBench } from '../support/api-bench.ts';
import { ask, dial, exchangeRaw, readAll, readUntil } from '../support/raw-http.ts';

// The clock of these tests stands still, so a close that has to wait for its deadline never ends.
let api: ApiBench;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

test('a closed server accepts nobody, and closing twice is closing once', async () => {
  expect(api.server.close()).toBe(api.server.close());
  await api.server.close();
  // A reset is another program on the port meanwhile: tests run side by side.
  await expect(ask(api.tcp, { path: '/healthz' })).rejects.toThrow(/ECONNREFUSED|ECONNRESET/);
  await expect(ask(api.socket, { path: '/healthz' })).rejects.toThrow(/ENOENT/);
});

test('connections without a request do not hold it up', async () => {
  const fresh = await dial(api.tcp);
  const kept = await dial(api.tcp);
  kept.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await readUntil(kept, (text) => text.includes('"ok"'));
  const ends = [readAll(fresh), readAll(kept)];
  await api.server.close();
  await Promise.all(ends);
});

test('a blocking query gets its answer and the end of its connection', async () => {
  const { digest } = api.backend.activate({ a: '1' });
  const text = exchangeRaw(
    api.tcp,
    `GET /v1/config?wait=5m HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: ${digest}\r\n\r\n`,
  );
  await vi.waitFor(() => expect(api.counts.waiting).toBe(1));
  await api.server.close();
  expect(await text).toMatch(/^HTTP\/1\.1 304 .*Connection: close/s);
});

test('a blocking query that arrives in the middle of it does not block', async () => {
  const { digest } = api.backend.activate({ a: '1' });
  const late = await dial(api.tcp);
  late.write(
    `GET /v1/config?wait=5m HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nIf-None-Match: ${digest}\r\n\r\n`,
  );
  await vi.waitFor(() => expect(api.counts.requests).toBe(1));
  const closed = api.server.close();
  const text = readAll(late);
  late.write('x');
  expect(await text).toMatch(/^HTTP\/1\.1 304 /);
  await closed;
});

test('an event stream is ended, not cut', async () => {
  const text = exchangeRaw(api.tcp, 'GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await vi.waitFor(() => expect(api.counts.subscribers).toBe(1));
  await api.server.close();
  expect(await text).toMatch(/: closing\n\n\r\n0\r\n\r\n$/);
});

test('a request under way is finished', async () => {
  const poll = Promise.withResolvers<Outcome<Document>>();
  const started = Promise.withResolvers<void>();
  api.backend.refreshed = () => {
    started.resolve();
    return poll.promise;
  };
  const answer = ask(api.socket, { method: 'POST', path: '/v1/refresh' });
  await started.promise;
  const closed = api.server.close();
  poll.resolve(ok({ outcome: 'unchanged' }));
  expect((await answer).json()).toEqual({ outcome: 'unchanged' });
  expect((await answer).headers.connection).toBe('close');
  await closed;
});

test('what is not finished after 4 seconds is cut', async () => {
  const started = Promise.withResolvers<void>();
  api.backend.refreshed = () => {
    started.resolve();
    return new Promise(() => {});
  };
  const answer = ask(api.socket, { method: 'POST', path: '/v1/refresh' });
  const lost = expect(answer).rejects.toThrow(/socket hang up|ECONNRESET/);
  await started.promise;
  let over = false;
  const closed = api.server.close().then(() => (over = true));
  await vi.waitFor(() => expect(api.clock.sleeping).toBe(1));
  await api.clock.advance(3999);
  expect(over).toBe(false);
  await api.clock.advance(1);
  await closed;
  await lost;
});

import { stat } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { daemonBench } from '../support/daemon-bench.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { finish, until } from '../support/patience.ts';
import { ask, dial, readAll } from '../support/raw-http.ts';

async function running() {
  const bench = await daemonBench();
  bench.put('base/app.properties', 'a=1\n');
  const daemon = await bench.daemon();
  valueOf(await finish(bench.clock, daemon.booted));
  return { bench, daemon };
}

it('a stop ends blocking queries and event streams, takes the socket away and leaves no timer', async () => {
  const { bench, daemon } = await running();
  const { headers } = await ask(bench.socket, { path: '/v1/config' });
  const blocked = ask(bench.socket, {
    path: '/v1/config?wait=60s',
    headers: { 'if-none-match': headers.etag ?? '' },
  });
  const stream = await dial(bench.socket);
  stream.write('GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const streamed = readAll(stream);
  await new Promise<void>((resolve) => stream.once('readable', resolve));
  await daemon.close(4500);
  expect((await blocked).status).toBe(304);
  expect(await streamed).toContain('text/event-stream');
  await expect(stat(bench.socket.socketPath)).rejects.toThrow('ENOENT');
  expect(bench.clock.sleeping).toBe(0);
});

it('a stop during a check aborts it, and answers who waits for it', async () => {
  const { bench, daemon } = await running();
  bench.sandbox.faults.add({ service: 's3', effect: 'hang' });
  const before = bench.sandbox.requests.entries.length;
  const refreshing = daemon.refresh();
  const posted = ask(bench.socket, { method: 'POST', path: '/v1/refresh' });
  await until(() => bench.sandbox.requests.entries.length > before);
  await daemon.close(4500);
  expect(verdictOf(await refreshing)).toMatch(/^retry LF_/);
  expect((await posted).status).toBe(503);
});

it('a refresh after the stop is answered', async () => {
  const { daemon } = await running();
  await daemon.close(4500);
  expect(verdictOf(await daemon.refresh())).toBe('retry LF_AGENT_NOT_RUNNING');
});

it('a stop that is asked for twice is one stop, and another daemon can follow at once', async () => {
  const { bench, daemon } = await running();
  await Promise.all([daemon.close(4500), daemon.close(4500)]);
  expect(verdictOf(await bench.start())).toBe('ok');
});

it('a generation that is refused in mid-life is told over the API, and the good one is served on', async () => {
  const { bench, daemon } = await running();
  bench.put('base/app.properties', 'a=${nope}\n');
  const refused = ask(bench.socket, { method: 'POST', path: '/v1/refresh' });
  const answer = await finish(bench.clock, refused);
  expect(answer.status).toBe(422);
  expect(answer.json()).toMatchObject({ code: 'LF_REFERENCE_UNKNOWN' });
  expect((await ask(bench.socket, { path: '/v1/config/a' })).text).toBe('1');
  expect(daemon.status()).toMatchObject({
    source: { stale: true, failure: { code: 'LF_REFERENCE_UNKNOWN', problems: [expect.any(String)] } },
  });
  expect((await ask(bench.socket, { path: '/v1/generations' })).text).toContain('LF_REFERENCE_UNKNOWN');
});

it('a tag that changes is noticed by a poll', async () => {
  const { bench, daemon } = await running();
  bench.put('role/worker/app.properties', 'a=worker\n');
  bench.instance.tags.set('role', 'worker');
  await finish(bench.clock, daemon.refresh());
  expect((await ask(bench.socket, { path: '/v1/config/a' })).text).toBe('worker');
  expect((await ask(bench.socket, { path: '/v1/identity' })).json()).toMatchObject({ role: 'worker' });
});

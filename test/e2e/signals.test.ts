import { existsSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { allowed } from '../support/allowed.ts';
import { dial, readAll, readUntil } from '../support/raw-http.ts';
import type { Citizen } from './citizen.ts';
import { Payroll } from './payroll.ts';

// They mostly wait.
vi.setConfig({ maxConcurrency: 8 });

/** In which a stop drains (docs/operating.md). */
const DRAIN_MS = 5000;

async function expectStops(citizen: Citizen): Promise<void> {
  const askedAt = performance.now();
  expect(await citizen.agent.stop(), citizen.agent.stderr).toBe(0);
  expect(performance.now() - askedAt).toBeLessThan(allowed(DRAIN_MS));
  expect(existsSync(citizen.socket)).toBe(false);
}

/** A request over TCP whose body never comes: it is in the way of every drain. */
async function dawdle(citizen: Citizen): Promise<void> {
  const socket = await dial(citizen.tcp);
  const head = `PUT /v1/overrides/a HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${citizen.token}\r\n`;
  socket.write(`${head}Expect: 100-continue\r\nContent-Length: 10\r\n\r\n`);
  await readUntil(socket, (text) => text.includes('100 Continue'));
}

describe.concurrent('SIGTERM', () => {
  it('ends an idle daemon with 0, and removes its socket', async () => {
    await using payroll = await Payroll.open();
    await expectStops(await payroll.run());
  });

  it('is what SIGINT does too', async () => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run();
    citizen.agent.signal('SIGINT');
    expect(await citizen.agent.exited()).toBe(0);
  });

  it('does not wait for an S3 that hangs', async () => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run();
    payroll.sandbox.faults.add({ service: 's3', effect: 'hang' });
    await payroll.sandbox.requests.next(({ service }) => service === 's3');
    await expectStops(citizen);
  });

  it('ends long polls and event streams properly', async () => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run();
    const { etag = '' } = (await citizen.askTcp('/v1/config')).headers;
    const polls = [1, 2, 3].map(() =>
      citizen.askTcp('/v1/config?wait=5m', { headers: { 'if-none-match': etag } }),
    );
    const events = await dial(citizen.tcp);
    events.write('GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await readUntil(events, (text) => text.includes('retry:'));
    const rest = readAll(events);
    await expectStops(citizen);
    expect(await rest).toContain(': closing');
    expect((await Promise.all(polls)).map(({ status }) => status)).toEqual([304, 304, 304]);
  });

  it('cuts a client that dawdles, within 5 s', async () => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run();
    await dawdle(citizen);
    await expectStops(citizen);
  });

  it('ends a boot that waits for the metadata service', async () => {
    await using payroll = await Payroll.open({ instance: { mode: 'down' } });
    const citizen = payroll.start();
    await vi.waitUntil(() => citizen.agent.stderr.includes('LF_IMDS_UNREACHABLE'), 10_000);
    await expectStops(citizen);
  });

  it('ends a boot that waits for S3', async () => {
    await using payroll = await Payroll.open();
    payroll.sandbox.faults.add({ service: 's3', effect: 'hang' });
    const citizen = payroll.start();
    await payroll.sandbox.requests.next(({ service }) => service === 's3');
    await expectStops(citizen);
  });

  it('does not wait for a release report that hangs', async () => {
    await using payroll = await Payroll.open({ files: {} });
    payroll.sandbox.faults.add({ service: 's3', method: 'PUT', effect: 'hang' });
    payroll.publish('r1', { base: { 'app.properties': 'a=1\n' } });
    const citizen = await payroll.run();
    await citizen.settles();
    await dawdle(citizen);
    await expectStops(citizen);
  });

  it('lets a refresh under way answer', async () => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run();
    payroll.sandbox.faults.add({ service: 's3', effect: 'hang' });
    const refresh = citizen.ask('/v1/refresh', { method: 'POST' });
    await payroll.sandbox.requests.next(({ service }) => service === 's3');
    await expectStops(citizen);
    expect((await refresh).status).toBe(503);
  });
});

describe.concurrent('a second SIGTERM', () => {
  it('ends at once', async () => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run();
    await dawdle(citizen);
    citizen.agent.signal('SIGTERM');
    await vi.waitUntil(() => citizen.agent.stderr.includes('"stopping"'), 5000);
    const askedAt = performance.now();
    citizen.agent.signal('SIGTERM');
    expect(await citizen.agent.exited()).toBe(1);
    expect(performance.now() - askedAt).toBeLessThan(allowed(1000));
  });
});

describe.concurrent('SIGHUP', () => {
  it('polls now', async () => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run({ env: { LANDFALL_INTERVAL: '1h' } });
    payroll.put('environment/prod/prod.properties', 'log.level=ERROR\n');
    citizen.agent.signal('SIGHUP');
    await citizen.serves('log.level', 'ERROR');
  });

  it('does not end a daemon that is not ready yet', async () => {
    await using payroll = await Payroll.open({ instance: { mode: 'down' } });
    const citizen = payroll.start();
    await vi.waitUntil(() => citizen.agent.stderr.includes('LF_IMDS_UNREACHABLE'), 10_000);
    citizen.agent.signal('SIGHUP');
    payroll.instance.mode = 'required';
    await citizen.ready();
  });
});

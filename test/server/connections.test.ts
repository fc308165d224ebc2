import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startApi, type ApiBench } from '../support/api-bench.ts';
import { crowdOfAnother, IS_ROOT } from '../support/crowd.ts';
import { ask, dial, exchangeRaw, readUntil, type Place } from '../support/raw-http.ts';

let api: ApiBench;
let dialled: Socket[];
beforeEach(async () => {
  api = await startApi();
  api.backend.activate({ a: '1' });
  dialled = [];
});
afterEach(async () => {
  for (const socket of dialled) socket.destroy();
  await api.stop();
});

/** What the door takes. */
const LIMIT = 512;

async function crowd(place: Place, size: number, send: string): Promise<void> {
  for (let count = 0; count < size; count += 1) {
    const socket = await dial(place);
    dialled.push(socket);
    if (send !== '') socket.write(send);
  }
}

const EVENTS = 'GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n';
const waitFor = (digest: string): string =>
  `GET /v1/config?wait=5m HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: ${digest}\r\n\r\n`;

const isCut = (socket: Socket): Promise<unknown> => vi.waitUntil(() => socket.closed, 2000);
const REQUEST = 'GET /v1/config/a HTTP/1.1\r\nHost: localhost\r\n';

describe('a door that is full', () => {
  it.each([
    ['connections that say nothing', ''],
    ['connections that were answered and stay', `${REQUEST}\r\n`],
    ['heads that do not end', `${REQUEST}X-Slow: `],
    ['bodies that do not come', `${REQUEST}Content-Length: 10\r\n\r\n`],
    ['bodies in chunks that do not end', `${REQUEST}Transfer-Encoding: chunked\r\n\r\n5\r\n`],
  ])('of %s, lets the next one in, over TCP and the socket', async (_, send) => {
    await crowd(api.tcp, LIMIT * 2 + 10, send);
    const headers = { Host: 'localhost' };
    expect((await ask(api.tcp, { path: '/v1/config/a', headers })).text).toBe('1');
    expect((await ask(api.socket, { path: '/v1/config/a' })).text).toBe('1');
    expect(api.counts.madeRoom).toBeGreaterThanOrEqual(LIMIT);
    expect(api.counts.turnedAway).toBe(0);
  });

  it('ends the one that was opened first, and none that waits for a change or for events', async () => {
    const { digest } = api.backend.activate({ a: '2' });
    const wait = `GET /v1/config?wait=5m HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: "${digest}"\r\n\r\n`;
    const waiting = await dial(api.tcp);
    const events = await dial(api.tcp);
    dialled.push(waiting, events);
    waiting.write(wait.replaceAll('"', ''));
    events.write(EVENTS);
    await readUntil(events, (text) => text.includes('retry:'));
    await vi.waitFor(() => expect([api.counts.waiting, api.counts.subscribers]).toEqual([1, 1]));
    const first = await dial(api.tcp);
    dialled.push(first);
    await crowd(api.tcp, LIMIT + 10, '');
    await isCut(first);
    expect([waiting.closed, events.closed]).toEqual([false, false]);
    expect([api.counts.waiting, api.counts.subscribers]).toEqual([1, 1]);
  });

  it.runIf(IS_ROOT).each([
    ['from one address', false],
    ['from 250 addresses', true],
  ])('of connections of another user, %s, keeps those of whoever has few', async (_, spread) => {
    const kept = await dial(api.tcp);
    dialled.push(kept);
    kept.write(`${REQUEST}\r\n`);
    await readUntil(kept, (text) => text.endsWith('\r\n\r\n1'));
    // Who has stayed for a second is known, before anybody fills the door.
    await vi.waitFor(() => expect(api.clock.sleeping).toBe(1));
    await api.clock.advance(1000);
    await vi.waitFor(() => expect(api.clock.sleeping).toBe(1));
    await crowdOfAnother(api.tcp.port, 1200, `${REQUEST}\r\n`, spread);
    await vi.waitFor(() => expect(api.counts.madeRoom).toBe(1201 - LIMIT), 10_000);
    kept.write(`${REQUEST}\r\n`);
    expect(await readUntil(kept, (text) => text.endsWith('\r\n\r\n1'))).toContain(' 200 ');
    expect((await ask(api.tcp, { path: '/v1/config/a', headers: { Host: 'localhost' } })).text).toBe('1');
  });

  it('ends idle ones before a request that has begun, and what is answered not at all', async () => {
    const upload = await dial(api.tcp);
    dialled.push(upload);
    upload.write(`${REQUEST}Content-Length: 2\r\n\r\n1`);
    await crowd(api.tcp, LIMIT * 2, `${REQUEST}\r\n`);
    upload.write('2');
    expect(await readUntil(upload, (text) => text.endsWith('\r\n\r\n1'))).toContain(' 200 ');
  });

  it('is below what Linux lets a process open at least', () => {
    expect(LIMIT).toBeLessThan(1024 * 0.75);
  });
});

describe('what is kept for the socket', () => {
  it('is room for sixteen event streams', async () => {
    for (let count = 0; count < 65; count += 1) {
      const socket = await dial(api.tcp);
      dialled.push(socket);
      socket.write(EVENTS);
    }
    await vi.waitFor(() => expect(api.counts.turnedAway).toBe(1), 5000);
    expect(api.counts.subscribers).toBe(64);
    const events = await dial(api.socket);
    dialled.push(events);
    events.write(EVENTS);
    await readUntil(events, (text) => text.includes('retry:'));
  });

  it('is room for sixty-four blocking queries', async () => {
    const { digest } = api.backend.activate({ a: '2' });
    const wait = waitFor(digest);
    await crowd(api.tcp, 257, wait);
    await vi.waitFor(() => expect([api.counts.waiting, api.counts.turnedAway]).toEqual([256, 1]), 5000);
    const socket = await dial(api.socket);
    dialled.push(socket);
    socket.write(wait);
    await vi.waitFor(() => expect(api.counts.waiting).toBe(257));
  });
});

describe.runIf(IS_ROOT)('all places taken by another user', () => {
  it('leave one to whoever comes to wait for a change, and answer the other as if nothing had changed', async () => {
    const { digest } = api.backend.activate({ a: '2' });
    await crowdOfAnother(api.tcp.port, 256, waitFor(digest), true);
    await vi.waitFor(() => expect(api.counts.waiting).toBe(256), 5000);
    await crowd(api.tcp, 1, waitFor(digest));
    await vi.waitFor(() => expect(api.counts.madeRoom).toBe(1), 5000);
    expect([api.counts.waiting, api.counts.turnedAway]).toEqual([256, 0]);
    const told = dialled.map((socket) => readUntil(socket, (text) => text.includes('"a":"3"')));
    api.backend.activate({ a: '3' });
    expect((await Promise.all(told)).every((text) => text.includes(' 200 '))).toBe(true);
  });

  it('leave one to whoever comes for events', async () => {
    await crowdOfAnother(api.tcp.port, 64, EVENTS, true);
    await vi.waitFor(() => expect(api.counts.subscribers).toBe(64), 5000);
    const events = await dial(api.tcp);
    dialled.push(events);
    events.write(EVENTS);
    expect(await readUntil(events, (text) => text.includes('retry:'))).toContain(' 200 ');
    expect([api.counts.subscribers, api.counts.madeRoom, api.counts.turnedAway]).toEqual([64, 1, 0]);
  });

  it('turn away whoever has the most already, and take nothing from who has few', async () => {
    await crowd(api.tcp, 3, EVENTS);
    await crowdOfAnother(api.tcp.port, 62, EVENTS, true);
    await vi.waitFor(() => expect(api.counts.turnedAway).toBe(1), 5000);
    expect([api.counts.subscribers, api.counts.madeRoom]).toEqual([64, 0]);
    expect(dialled.map(({ closed }) => closed)).toEqual([false, false, false]);
  });
});

describe('a Transfer-Encoding', () => {
  it.each([
    ['xchunked'],
    ['chunkedx'],
    ['identity'],
    ['gzip'],
    ['gzip, chunked'],
    ['chunked, chunked'],
    ['chunked, identity'],
    ['chunked;q=1'],
    ['"chunked"'],
    ['\x0bchunked'],
    [''],
  ])('of %j is a bad request, and the last of its connection', async (value) => {
    const text = await exchangeRaw(
      api.tcp,
      `${REQUEST}Transfer-Encoding: ${value}\r\n\r\n0\r\n\r\nGET /v1/config/a HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).not.toContain(' 200 ');
  });

  it('that is said twice is a bad request', async () => {
    const twice = 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n';
    expect(await exchangeRaw(api.tcp, `${REQUEST}${twice}\r\n0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('beside a Content-Length is a bad request', async () => {
    const both = 'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n';
    expect(await exchangeRaw(api.tcp, `${REQUEST}${both}\r\n0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('of chunked, in any case, is read', async () => {
    const text = await exchangeRaw(
      api.tcp,
      `${REQUEST}Connection: close\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
  });
});

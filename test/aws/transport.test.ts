import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createHostGuard } from '#agent/aws/host-guard.ts';
import type { HttpRequest } from '#agent/aws/http.ts';
import { createTransport } from '#agent/aws/transport.ts';
import { systemClock, type Clock } from '#kit/clock.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { loopbackServer } from '../support/loopback-server.ts';
import { agentsOf, LIMITS, PIN } from '../support/pinned.ts';

function send(origin: URL, request: Partial<HttpRequest> = {}, clock: Clock = systemClock) {
  return transportTo(origin, clock).send(ask(origin, request));
}

function transportTo(origin: URL, clock: Clock = systemClock, agents = agentsOf()) {
  const guard = createHostGuard(PIN, [{ url: origin, overridden: true }]);
  return createTransport({ agents, guard, limits: LIMITS, clock });
}

/** As the https pool keeps them; plain http does not. */
function keepingTransport(origin: URL) {
  return transportTo(origin, systemClock, { ...agentsOf(), plain: new http.Agent({ keepAlive: true }) });
}

function ask(origin: URL, request: Partial<HttpRequest> = {}): HttpRequest {
  return { origin, path: '/', headers: {}, maxBytes: 1024, signal: new AbortController().signal, ...request };
}

describe('transport', () => {
  it('gives status, headers in lower case, and the bytes', async () => {
    await using server = await loopbackServer((_, response) => {
      response.writeHead(203, { 'X-Thing': 'a' }).end(Buffer.from([0, 255]));
    });
    expect(await send(server.url)).toMatchObject({
      kind: 'answer',
      status: 203,
      headers: { 'x-thing': 'a' },
      body: Buffer.from([0, 255]),
    });
  });

  it('sends the path byte for byte, dots and all', async () => {
    await using server = await loopbackServer((_, response) => void response.end());
    await send(server.url, { path: '//a/../b%2F%2e?x=1' });
    expect(server.seen[0]?.url).toBe('//a/../b%2F%2e?x=1');
  });

  it('sends nothing to a host the guard does not know', async () => {
    await using server = await loopbackServer((_, response) => void response.end());
    const transport = transportTo(new URL('http://127.0.0.1:1'));
    expect(await transport.send(ask(server.url))).toMatchObject({
      kind: 'forbidden',
      fault: { code: 'LF_REGION_CALL' },
    });
    expect(server.seen).toHaveLength(0);
  });

  it('hands a redirect back and does not go there', async () => {
    await using target = await loopbackServer((_, response) => void response.end());
    await using server = await loopbackServer((_, response) => {
      response.writeHead(307, { location: target.url.href }).end();
    });
    expect(await send(server.url)).toMatchObject({ kind: 'answer', status: 307 });
    expect(target.seen).toHaveLength(0);
  });

  it('accepts exactly maxBytes and refuses one more, announced or not', async () => {
    await using server = await loopbackServer((request, response) => {
      const body = 'x'.repeat(Number(request.url?.slice(2)));
      if (request.url?.startsWith('/a')) response.setHeader('content-length', body.length);
      response.write(body);
      response.end();
    });
    for (const form of ['/a', '/c']) {
      expect(await send(server.url, { path: `${form}1024` })).toMatchObject({ kind: 'answer' });
      expect(await send(server.url, { path: `${form}1025` })).toMatchObject({ reason: 'too-large' });
    }
  });

  it('does not wait for a body that is announced too large', async () => {
    await using server = await loopbackServer((_, response) => {
      response.writeHead(200, { 'content-length': '1025' }).flushHeaders();
    });
    expect(await send(server.url)).toMatchObject({
      reason: 'too-large',
      detail: '1025 bytes, 1024 are allowed',
    });
  });

  it('keeps the head of an error page, whatever the limit for content', async () => {
    await using server = await loopbackServer((_, response) => {
      response.writeHead(404).end('e'.repeat(100_000));
    });
    const result = await send(server.url, { maxBytes: 1 });
    expect(result.kind === 'answer' && result.body.length).toBe(64 * 1024);
  });

  it('tells a truncated body from a reset one', async () => {
    await using server = await loopbackServer((request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('0123456789', () => {
        if (request.url === '/reset') response.socket?.resetAndDestroy();
        else response.socket?.end();
      });
    });
    expect(await send(server.url, { path: '/cut' })).toMatchObject({
      reason: 'truncated',
      detail: 'the connection closed after 10 of 100 bytes',
    });
    expect(await send(server.url, { path: '/reset' })).toMatchObject({ reason: 'reset' });
  });

  it('calls a chunked body without its last chunk truncated', async () => {
    await using server = await loopbackServer((_, response) => {
      response.write('half', () => response.socket?.end());
    });
    expect(await send(server.url)).toMatchObject({ reason: 'truncated' });
  });

  it('calls bytes that are not HTTP malformed', async () => {
    const server = net.createServer((socket) => void socket.end('220 smtp.example\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await send(new URL(`http://127.0.0.1:${port}`))).toMatchObject({ reason: 'malformed' });
    server.close();
  });

  it('names a refused connection with its errno', async () => {
    const gone = await loopbackServer((_, response) => void response.end());
    await gone[Symbol.asyncDispose]();
    expect(await send(gone.url)).toMatchObject({
      reason: 'refused',
      detail: 'the connection was refused (ECONNREFUSED)',
    });
  });

  it('asks once more when a kept connection turns out closed, and only then', async () => {
    const ports = new Set<number | undefined>();
    await using server = await loopbackServer((request, response) => {
      const known = ports.has(request.socket.remotePort);
      ports.add(request.socket.remotePort);
      if (known || request.url === '/always') request.socket.resetAndDestroy();
      else response.end('ok');
    });
    const transport = keepingTransport(server.url);
    expect(await transport.send(ask(server.url))).toMatchObject({ status: 200 });
    expect(await transport.send(ask(server.url))).toMatchObject({ status: 200 });
    expect([server.seen.length, ports.size]).toEqual([3, 2]);

    expect(await send(server.url, { path: '/always' })).toMatchObject({ reason: 'reset' });
    expect(server.seen).toHaveLength(4);
  });

  it('does not ask again when a kept connection breaks in the middle of an answer', async () => {
    await using server = await loopbackServer((request, response) => {
      if (request.url === '/whole') response.end('ok');
      else response.write('half', () => request.socket.resetAndDestroy());
    });
    const transport = keepingTransport(server.url);
    await transport.send(ask(server.url, { path: '/whole' }));
    expect(await transport.send(ask(server.url, { path: '/half' }))).toMatchObject({ reason: 'reset' });
    expect(server.seen).toHaveLength(2);
  });

  it('stops when asked to, before and while waiting', async () => {
    await using server = await loopbackServer(() => {});
    expect(await send(server.url, { signal: AbortSignal.abort() })).toMatchObject({ reason: 'aborted' });
    const controller = new AbortController();
    const sent = send(server.url, { signal: controller.signal });
    await server.arrived(1);
    controller.abort();
    expect(await sent).toMatchObject({ reason: 'aborted' });
  });
});

describe('time limits of the transport', () => {
  it('gives up on a host that accepts and never speaks TLS, as no connection', async () => {
    const clock = new FakeClock();
    const silent = net.createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const accepted = new Promise<net.Socket>((resolve) => silent.once('connection', resolve));
    const origin = new URL(`https://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    const sent = send(origin, {}, clock);
    const socket = await accepted;
    await clock.advance(LIMITS.connectMs);
    expect(await sent).toMatchObject({ reason: 'timeout', detail: 'no connection within 1000 ms' });
    socket.destroy();
    silent.close();
  });

  it('gives up on a server that takes the request and says nothing', async () => {
    const clock = new FakeClock();
    await using server = await loopbackServer(() => {});
    const sent = send(server.url, {}, clock);
    await server.arrived(1);
    await clock.advance(LIMITS.firstByteMs);
    expect(await sent).toMatchObject({ reason: 'timeout', detail: 'no answer within 5000 ms' });
  });

  it('gives up on a body that trickles', async () => {
    const clock = new FakeClock();
    let drip: (() => void) | undefined;
    await using server = await loopbackServer((_, response) => {
      response.writeHead(200);
      drip = () => void response.write('.');
      drip();
    });
    const sent = send(server.url, {}, clock);
    await server.arrived(1);
    for (let waited = 0; waited < LIMITS.totalMs; waited += 1000) {
      drip?.();
      await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(1000);
    }
    expect(await sent).toMatchObject({ reason: 'timeout', detail: 'no complete answer within 10000 ms' });
  });

  it('leaves no timer behind', async () => {
    const clock = new FakeClock();
    await using server = await loopbackServer((_, response) => void response.end());
    await send(server.url, {}, clock);
    expect(clock.sleeping).toBe(0);
  });
});

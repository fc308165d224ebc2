import type { IncomingMessage, RequestListener } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { retry } from '#kit/outcome.ts';
import { callsAt } from '../support/aws-calls.ts';
import { loopbackServer } from '../support/loopback-server.ts';
import { documentationKeys } from '../support/pinned.ts';

const { signal } = new AbortController();
const LONG = { text: 'a'.repeat(5000) };

/** Keeps what was sent. */
function recorder(answer = '{}') {
  const bodies: Buffer[] = [];
  const listener: RequestListener = (request, response) => {
    request.on('data', (chunk: Buffer) => bodies.push(chunk));
    request.on('end', () => response.end(answer));
  };
  return { bodies, listener };
}

function answering(status: number, body: string): RequestListener {
  return (_, response) => void response.writeHead(status).end(body);
}

function isZipped(request: IncomingMessage): boolean {
  return request.headers['content-encoding'] === 'gzip';
}

describe('a JSON call', () => {
  it.each([
    ['logs', 'application/x-amz-json-1.1', 'logs'],
    ['cloudwatch', 'application/x-amz-json-1.0', 'monitoring'],
    ['ssm', 'application/x-amz-json-1.1', 'ssm'],
    ['secretsmanager', 'application/x-amz-json-1.1', 'secretsmanager'],
  ] as const)('of %s posts %s, signed for %s in this region', async (service, type, name) => {
    const { bodies, listener } = recorder();
    await using server = await loopbackServer(listener);
    const result = await callsAt(server.url).json(service, 'V1.Do', { a: 'é' }, { signal });
    expect(result).toEqual({ kind: 'ok', json: {}, text: '{}' });
    expect(server.seen[0]).toMatchObject({
      method: 'POST',
      url: '/',
      headers: { 'content-type': type, 'x-amz-target': 'V1.Do', 'content-length': '10' },
    });
    expect(server.seen[0]?.headers.authorization).toContain(`/eu-west-1/${name}/aws4_request`);
    expect(bodies.map(String)).toEqual(['{"a":"é"}']);
  });

  it('keeps the path of an override', async () => {
    await using server = await loopbackServer(answering(200, '{}'));
    await callsAt(new URL('/aws/', server.url)).json('ssm', 'V1.Do', {}, { signal });
    expect(server.seen[0]?.url).toBe('/aws/');
  });

  it('zips what gets smaller, when asked to', async () => {
    const { bodies, listener } = recorder();
    await using server = await loopbackServer(listener);
    const aws = callsAt(server.url);
    await aws.json('logs', 'V1.Do', LONG, { signal, gzip: true });
    await aws.json('logs', 'V1.Do', { a: 1 }, { signal, gzip: true });
    await aws.json('logs', 'V1.Do', LONG, { signal });
    expect(server.seen.map(({ headers }) => headers['content-encoding'])).toEqual([
      'gzip',
      undefined,
      undefined,
    ]);
    expect(JSON.parse(gunzipSync(bodies[0] ?? '').toString())).toEqual(LONG);
  });

  it.each([
    [500, '<html>Internal Server Error</html>'],
    [400, '{"__type":"SerializationException"}'],
  ])('goes on without gzip where it is answered %i %s', async (status, body) => {
    await using server = await loopbackServer((request, response) => {
      if (isZipped(request)) response.writeHead(status).end(body);
      else response.end('{}');
    });
    const aws = callsAt(server.url);
    for (let call = 0; call < 2; call += 1) {
      expect(await aws.json('logs', 'V1.Do', LONG, { signal, gzip: true })).toMatchObject({ kind: 'ok' });
    }
    expect(server.seen.map(({ headers }) => headers['content-encoding'])).toEqual([
      'gzip',
      undefined,
      undefined,
    ]);
  });

  it('does not blame gzip for what AWS says of the call', async () => {
    await using server = await loopbackServer(answering(400, '{"__type":"ThrottlingException"}'));
    const result = await callsAt(server.url).json('logs', 'V1.Do', LONG, { signal, gzip: true });
    expect(result).toMatchObject({ kind: 'refused', class: 'throttled' });
    expect(server.seen).toHaveLength(1);
  });

  it('lets go of credentials that are refused, doubts those that are denied something, and no others', async () => {
    let doubts = 0;
    const credentials = Object.assign(documentationKeys(), { doubt: () => void (doubts += 1) });
    for (const [code, count, doubted] of [
      ['ThrottlingException', 0, 0],
      ['AccessDeniedException', 0, 1],
      ['ExpiredTokenException', 1, 1],
    ] as const) {
      await using server = await loopbackServer(answering(400, JSON.stringify({ __type: code })));
      const aws = callsAt(server.url, { credentials });
      expect(await aws.json('ssm', 'V1.Do', {}, { signal })).toMatchObject({ kind: 'refused', code });
      expect([credentials.invalidations, doubts]).toEqual([count, doubted]);
    }
  });

  it('calls the page of a portal failed, not done', async () => {
    await using server = await loopbackServer(answering(200, '<html>Log in</html>'));
    expect(await callsAt(server.url).json('logs', 'V1.Do', {}, { signal })).toMatchObject({
      kind: 'failed',
      fault: { code: 'LF_AWS_MALFORMED', subject: 'logs Do', cause: 'the answer is none of logs (HTTP 200)' },
    });
  });

  it('names the errno when nothing listens', async () => {
    const gone = await loopbackServer(() => {});
    await gone[Symbol.asyncDispose]();
    expect(await callsAt(gone.url).json('logs', 'V1.Do', {}, { signal })).toMatchObject({
      kind: 'failed',
      fault: { code: 'LF_AWS_UNREACHABLE', cause: expect.stringContaining('ECONNREFUSED') },
    });
  });

  it('bounds the answer', async () => {
    await using server = await loopbackServer(answering(200, JSON.stringify(LONG)));
    const result = await callsAt(server.url).json('logs', 'V1.Do', {}, { signal, maxBytes: 100 });
    expect(result).toMatchObject({ kind: 'failed', fault: { code: 'LF_AWS_MALFORMED' } });
  });

  it('sends nothing without credentials, and hands their fault on', async () => {
    await using server = await loopbackServer(answering(200, '{}'));
    const fault = { code: 'LF_CREDENTIALS', operation: 'get', subject: 's', cause: 'c', hint: 'h' } as const;
    const credentials = { ...documentationKeys(), get: async () => retry(fault) };
    const result = await callsAt(server.url, { credentials }).json('logs', 'V1.Do', {}, { signal });
    expect(result).toEqual({ kind: 'unsent', final: false, fault });
    expect(server.seen).toHaveLength(0);
  });
});

describe('a query call', () => {
  it.each([
    ['ec2', '2016-11-15', 'ec2'],
    ['autoscaling', '2011-01-01', 'autoscaling'],
    ['cloudformation', '2010-05-15', 'cloudformation'],
    ['cloudwatch', '2010-08-01', 'monitoring'],
  ] as const)('of %s posts a form of version %s', async (service, version, name) => {
    const { bodies, listener } = recorder('<DoResponse></DoResponse>');
    await using server = await loopbackServer(listener);
    const result = await callsAt(server.url).query(service, 'Do', { 'A.1': 'x y&=+é*' }, { signal });
    expect(result).toMatchObject({ kind: 'ok', text: '<DoResponse></DoResponse>' });
    expect(Object.fromEntries(new URLSearchParams(String(bodies[0])))).toEqual({
      Action: 'Do',
      Version: version,
      'A.1': 'x y&=+é*',
    });
    expect(server.seen[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded; charset=utf-8');
    expect(server.seen[0]?.headers.authorization).toContain(`/eu-west-1/${name}/aws4_request`);
  });
});

describe('a call on a kept connection that turns out closed', () => {
  it.each([
    [false, 'failed', 2],
    [true, 'ok', 3],
  ] as const)('repeatable %s: %s after %i requests', async (repeatable, kind, requests) => {
    const ports = new Set<number | undefined>();
    await using server = await loopbackServer((request, response) => {
      const known = ports.has(request.socket.remotePort);
      ports.add(request.socket.remotePort);
      if (known) request.socket.resetAndDestroy();
      else response.end('{}');
    });
    const aws = callsAt(server.url, { keepAlive: true });
    await aws.json('ssm', 'V1.Do', {}, { signal });
    expect(await aws.json('ssm', 'V1.Do', {}, { signal, repeatable })).toMatchObject({ kind });
    expect(server.seen).toHaveLength(requests);
  });
});

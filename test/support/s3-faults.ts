import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { FakeClock } from './fake-clock.ts';
import { loopbackServer } from './loopback-server.ts';
import { documentationKeys, storeAt } from './pinned.ts';

/** Every state S3 and the way to it can be in: what the server does, and the outcome it must become. */
export interface Row {
  readonly does: RequestListener;
  readonly kind: 'retry' | 'fail';
  readonly code: string;
  readonly cause: string;
  readonly hint: string;
  readonly afterMs?: number;
}

/** One test a row: reading `s3://b/dir/k` must come out as the row says, after exactly one request. */
export function readingComesOut(rows: Readonly<Record<string, Row>>): void {
  it.each(Object.entries(rows))('%s', async (_, expected) => {
    const credentials = documentationKeys();
    await using server = await loopbackServer(expected.does);
    const store = storeAt(server.url, { clock: new FakeClock(), credentials });
    const outcome = await store.get('dir/k', { maxBytes: 64, signal: new AbortController().signal });
    expectRefusal(outcome, expected, 'read', 's3://b/dir/k');
    expect(credentials.invalidations).toBe(expected.code === 'LF_CREDENTIALS' ? 1 : 0);
    expect(server.seen).toHaveLength(1);
  });
}

/** The same for listing `s3://b/dir/`. */
export function listingComesOut(rows: Readonly<Record<string, Row>>): void {
  it.each(Object.entries(rows))('%s', async (_, expected) => {
    await using server = await loopbackServer(expected.does);
    const store = storeAt(server.url, { clock: new FakeClock() });
    const outcome = await store.list('dir/', { signal: new AbortController().signal });
    expectRefusal(outcome, expected, 'list', 's3://b/dir/');
    expect(server.seen).toHaveLength(1);
  });
}

function expectRefusal(outcome: unknown, expected: Row, operation: string, subject: string): void {
  const { kind, code, cause, hint, afterMs } = expected;
  expect(outcome).toEqual({
    kind,
    fault: {
      code,
      operation,
      subject,
      cause: expect.stringContaining(cause) as string,
      hint: expect.stringContaining(hint) as string,
    },
    ...(afterMs === undefined ? {} : { afterMs }),
  });
}

export function row(
  does: RequestListener,
  kind: Row['kind'],
  code: string,
  cause: string,
  hint: string,
  afterMs?: number,
): Row {
  return { does, kind, code, cause, hint, ...(afterMs === undefined ? {} : { afterMs }) };
}

type Headers = Record<string, string>;

/** An answer of S3 itself. */
export function s3(status: number, code = '', headers: Headers = {}, more = ''): RequestListener {
  const body = code === '' ? '' : `<?xml version="1.0"?><Error><Code>${code}</Code>${more}</Error>`;
  return (_, response) => void response.writeHead(status, headers).end(body);
}

/** An answer of something in between. */
export function page(status: number, headers: Headers = {}): RequestListener {
  const html = '<html><title>Sign in</title></html>';
  return (_, response) =>
    void response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(html);
}

export function content(body: string, headers: Headers): RequestListener {
  return (_, response) => void response.writeHead(200, headers).end(body);
}

/** Four of nine bytes, then what `then` does to the socket. */
export function half(then: (socket: Socket) => void): RequestListener {
  return (request, response) => {
    response.writeHead(200, { etag: '"e"', 'content-length': '9' }).write('half', () => then(request.socket));
  };
}

import http from 'node:http';
import type { Clock } from '#kit/clock.ts';
import { hostOf } from './endpoint.ts';
import type { FailureReason, HttpAnswer, HttpFailure, HttpRequest, TimeLimits } from './http.ts';

type Result = HttpAnswer | HttpFailure;

/** An error document of AWS has a few hundred bytes; a captive portal's page may have any number. */
const MAX_ERROR_BYTES = 64 * 1024;

/** The code of an error of a lookup that found none of the addresses it may give. */
export const PUBLIC_ADDRESS = 'EPUBLIC';

/** One request and its answer on one connection. Settles exactly once, and leaves no timer behind. */
export function exchange(
  request: HttpRequest,
  agent: http.Agent,
  limits: TimeLimits,
  clock: Clock,
): Promise<Result> {
  const { promise, resolve } = Promise.withResolvers<Result>();
  const over = new AbortController();
  const progress = { sent: false, headed: false };
  const { origin, signal, body } = request;

  const call = http.request({
    // It speaks TLS when it is an https.Agent: `node:https` adds nothing but that agent as a default.
    agent,
    method: request.method ?? (body ? 'PUT' : 'GET'),
    protocol: origin.protocol,
    hostname: hostOf(origin),
    port: origin.port,
    path: request.path,
    headers: request.headers,
  });

  const settle = (result: Result) => {
    if (over.signal.aborted) return;
    over.abort();
    signal.removeEventListener('abort', abort);
    resolve(result);
  };
  const cut = (result: Result) => {
    settle(result);
    call.destroy();
  };
  const abort = () => cut(failure('aborted', 'the call was stopped'));
  const limit = async (ms: number, what: string, done: () => boolean) => {
    try {
      await clock.sleep(ms, over.signal);
    } catch {
      return; // over in time
    }
    if (!done()) cut(failure('timeout', `${what} within ${ms} ms`));
  };

  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  void limit(limits.connectMs, 'no connection', () => progress.sent);
  void limit(limits.firstByteMs, 'no answer', () => progress.headed);
  void limit(limits.totalMs, 'no complete answer', () => false);

  // 'finish' is the one event that means "on the wire" alike for TCP, TLS, a tunnel and a kept connection.
  call.on('finish', () => (progress.sent = true));
  call.on('error', (error) => {
    const stale = call.reusedSocket && !progress.headed && errnoOf(error) === 'ECONNRESET';
    settle({ ...explain(error), stale });
  });
  call.on('response', (response) => {
    progress.headed = true;
    read(response, request.maxBytes, settle, cut);
  });
  // In one piece, so that its length is announced: S3 takes no chunked encoding.
  call.end(body);
  return promise;
}

function read(
  response: http.IncomingMessage,
  maxBytes: number,
  settle: (result: Result) => void,
  cut: (result: Result) => void,
): void {
  const status = response.statusCode ?? 0;
  const success = status >= 200 && status < 300;
  const allowed = success ? maxBytes : MAX_ERROR_BYTES;
  const announced = Number(response.headers['content-length'] ?? 0);
  const chunks: Buffer[] = [];
  let bytes = 0;
  const answer = (): HttpAnswer => ({
    kind: 'answer',
    status,
    headers: flatten(response.headers),
    body: Buffer.concat(chunks).subarray(0, allowed),
  });
  const overflow = (size: number): Result =>
    success ? failure('too-large', `${size} bytes, ${maxBytes} are allowed`) : answer();

  if (announced > allowed && success) {
    cut(overflow(announced));
    return;
  }
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > allowed) cut(overflow(bytes));
  });
  response.on('end', () => settle(answer()));
  // A reset surfaces on the request first, with its errno; what is left here is an orderly close before the last byte.
  response.on('error', () => {
    const expected = announced > 0 ? ` of ${announced}` : '';
    settle(failure('truncated', `the connection closed after ${bytes}${expected} bytes`));
  });
}

function explain(error: Error): HttpFailure {
  const errno = errnoOf(error);
  const named = (reason: FailureReason, clause: string) => failure(reason, `${clause} (${errno})`);
  if (errno === 'ECONNREFUSED') return named('refused', 'the connection was refused');
  if (errno === 'ECONNRESET' || errno === 'EPIPE') return named('reset', 'the connection was reset');
  if (errno === 'ETIMEDOUT') return named('timeout', 'the connection timed out');
  if (/^(ENOTFOUND|EAI_)/.test(errno)) return named('dns', 'the host name does not resolve');
  if (errno === PUBLIC_ADDRESS) return failure('public', 'its name resolves to no private address');
  if (errno.startsWith('HPE_')) return named('malformed', 'the answer is not HTTP');
  if (errno === 'ERR_PROXY_TUNNEL') return named('unreachable', 'the proxy refused the tunnel');
  if (/CERT|SIGNATURE|ERR_TLS|ERR_SSL|EPROTO/.test(errno)) return named('tls', 'TLS failed');
  return named('unreachable', 'the network failed');
}

function errnoOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

function failure(reason: FailureReason, detail: string): HttpFailure {
  return { kind: 'failure', reason, detail, stale: false };
}

function flatten(headers: http.IncomingHttpHeaders): Record<string, string> {
  const pairs = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  return Object.fromEntries(pairs);
}

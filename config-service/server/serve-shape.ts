import { createHmac } from 'node:crypto';
import type { OutgoingHttpHeader } from 'node:http';
import { sendBusy } from './http/conditional.ts';
import type { Exchange } from './http/exchange.ts';
import { ALWAYS, headersFor } from './http/headers.ts';
import { readBody } from './http/request-body.ts';
import { MAX_BODY_BYTES, TOO_LARGE } from './http/request-checks.ts';
import { send, sendNotReady, sendProblem } from './http/reply.ts';
import type { Shape, ShapeAnswer, ShapeReply, ShapeView } from './http/shape.ts';
import { sendRefusal, sendWrongMethod } from './http/refusals.ts';

/** Answers a question that came in by a path of a shape. @param path below the root of the shape. */
export async function serveShape(exchange: Exchange, shape: Shape, path: string): Promise<void> {
  const { api, request, search } = exchange;
  const method = request.method ?? '';
  const takes = shape.methodOf(path);
  if (takes !== (method === 'HEAD' ? 'GET' : method)) {
    const allow = takes === 'POST' ? 'POST' : 'GET, HEAD';
    sendWrongMethod(exchange, method, allow, generationField(exchange));
    return;
  }
  const field = (name: string): string | undefined => fieldOf(request.rawHeaders, name);
  const tokens = shape.tokensOf({ search, field });
  if (tokens === 'misplaced' || !tokens.every((token) => api.mayRead(token))) {
    api.counts.unauthorized += 1;
    deny(exchange, shape);
    return;
  }
  const body = takes === 'POST' ? await readBody(request, MAX_BODY_BYTES) : EMPTY;
  if (body === 'gone') return;
  if (body === 'too large') {
    sendRefusal(exchange, TOO_LARGE);
    return;
  }
  if (api.backend.generation() === undefined) {
    sendNotReady(exchange);
    return;
  }
  const secrets = tokens.length > 0 || exchange.authorized;
  const question = { path, search, field, secrets, body: body.toString() };
  const replied = shape.answer(question, viewFor(exchange, secrets));
  sendReply(exchange, replied instanceof Promise ? await replied : replied);
}

const EMPTY = Buffer.alloc(0);

function viewFor({ api, response }: Exchange, secrets: boolean): ShapeView {
  const { backend, waiters } = api;
  return {
    generation: () => backend.generation(),
    revision: () => backend.revision(),
    since: (key) => backend.since(key),
    fingerprint: (text) => createHmac('sha256', api.fingerprintKey).update(text).digest('base64url'),
    hold: (ms, unchanged) => waiters.hold(response, ms, unchanged, secrets),
  };
}

function sendReply(exchange: Exchange, reply: ShapeReply): void {
  if (reply === 'gone') return;
  if (reply === 'busy') sendBusy(exchange);
  else if (reply === 'not ready') sendNotReady(exchange);
  else if ('fault' in reply) sendProblem(exchange, reply.status, reply.fault, generationField(exchange));
  else sendAnswer(exchange, reply);
}

function sendAnswer(exchange: Exchange, answer: ShapeAnswer): void {
  send(exchange, answer.status, headOf(exchange, answer), answer.body);
}

/** Of answers that a shape gives again and again. */
const heads = new WeakMap<ShapeAnswer, { readonly number: number; readonly headers: OutgoingHttpHeader[] }>();

function headOf(exchange: Exchange, answer: ShapeAnswer): OutgoingHttpHeader[] {
  const number = exchange.api.backend.generation()?.number ?? 0;
  const known = heads.get(answer);
  if (known?.number === number) return known.headers;
  const { type, body, chunked } = answer;
  const more = [...generationField(exchange), ...(answer.headers ?? [])];
  const headers: OutgoingHttpHeader[] =
    chunked === undefined ? headersFor(type, body, more) : ['Content-Type', type, ...ALWAYS, ...more];
  heads.set(answer, { number, headers });
  return headers;
}

function generationField({ api }: Exchange): readonly string[] {
  const number = api.backend.generation()?.number;
  return number === undefined ? [] : ['X-Landfall-Generation', String(number)];
}

/** An error, never an open answer: a client with an old token has to keep what it has, not to lose its passwords. */
function deny(exchange: Exchange, shape: Shape): void {
  if (shape.denial) {
    sendAnswer(exchange, shape.denial);
    return;
  }
  sendProblem(
    exchange,
    401,
    {
      code: 'LF_UNAUTHORIZED',
      operation: 'read',
      subject: exchange.path,
      cause: 'the token is not one of this agent',
      hint: 'Send the content of `read-token` or `token` in the run directory, or no token: then without secrets.',
    },
    ['WWW-Authenticate', 'Bearer realm="landfall", error="invalid_token"', ...generationField(exchange)],
  );
}

function fieldOf(raw: readonly string[], name: string): string | undefined {
  let found: string | undefined;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (raw[at]?.toLowerCase() !== name) continue;
    const value = raw[at + 1] ?? '';
    found = found === undefined ? value : `${found}, ${value}`;
  }
  return found;
}

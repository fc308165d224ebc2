import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Api, Exchange, Handler } from './exchange.ts';
import { sendNoSuchRoute } from './routes/no-such-route.ts';
import { readBody } from './request-body.ts';
import { MAX_BODY_BYTES, refusalOf, TOO_LARGE, type Door, type Refusal } from './request-checks.ts';
import { readHeaders } from './request-headers.ts';
import { sendProblem } from './reply.ts';
import { allowedMethods, findRoute, handlerOf, type Route } from './route-table.ts';

const NO_BODY = Buffer.alloc(0);

/** From a parsed request to its answer: refuse, find the route, authorize, read the body, handle. Never throws. */
export function serve(api: Api, door: Door, request: IncomingMessage, response: ServerResponse): void {
  api.counts.requests += 1;
  const target = request.url ?? '';
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  const found = findRoute(path);
  const headers = readHeaders(request.rawHeaders);
  const exchange: Exchange = {
    api,
    request,
    response,
    headers,
    path,
    tail: found === undefined ? '' : path.slice(found[1]),
    search: query < 0 ? '' : target.slice(query),
    authorized: door === 'socket' || api.isToken(headers.authorization),
  };
  try {
    const refusal = refusalOf(target, request.httpVersion, headers, door);
    if (refusal !== undefined) {
      settle(exchange, refuse(exchange, refusal));
      return;
    }
    const handler = admit(exchange, found?.[0]);
    if (handler === undefined) return;
    const hasBody = headers.contentLength > 0 || headers.transferEncoding === 'chunked';
    settle(exchange, hasBody ? handleWithBody(exchange, handler) : handler(exchange, NO_BODY));
  } catch (error) {
    failed(exchange, error);
  }
}

/** The handler of an acceptable request; undefined when it has been answered here: 404, 405 or 401. */
function admit(exchange: Exchange, route: Route | undefined): Handler | undefined {
  if (route === undefined) {
    sendNoSuchRoute(exchange);
    return undefined;
  }
  const method = exchange.request.method ?? '';
  const handler = handlerOf(route, method);
  if (handler === undefined) {
    sendWrongMethod(exchange, method, allowedMethods(route));
    return undefined;
  }
  if (exchange.authorized || method === 'GET' || method === 'HEAD') return handler;
  exchange.api.counts.unauthorized += 1;
  sendUnauthorized(exchange, method);
  return undefined;
}

async function handleWithBody(exchange: Exchange, handler: Handler): Promise<void> {
  const body = await readBody(exchange.request, MAX_BODY_BYTES);
  if (body === 'gone') return;
  if (body === 'too large') sendRefusal(exchange, TOO_LARGE);
  else await handler(exchange, body);
}

/** A large body is read away first: closing a connection with unread bytes resets it, and the answer would be lost. */
async function refuse(exchange: Exchange, refusal: Refusal): Promise<void> {
  if (refusal === TOO_LARGE) await readBody(exchange.request, MAX_BODY_BYTES);
  sendRefusal(exchange, refusal);
}

function sendRefusal(exchange: Exchange, refusal: Refusal): void {
  const { api, response, path } = exchange;
  api.counts.refused += 1;
  api.logger.debug('request refused', { cause: refusal.cause });
  response.shouldKeepAlive = false;
  const { status, code, cause, hint } = refusal;
  sendProblem(exchange, status, { code, operation: 'answer', subject: path, cause, hint });
}

function sendWrongMethod(exchange: Exchange, method: string, allow: string): void {
  sendProblem(
    exchange,
    405,
    {
      code: 'LF_REQUEST_INVALID',
      operation: 'answer',
      subject: exchange.path,
      cause: `it does not take ${method}`,
      hint: `It takes ${allow}.`,
    },
    ['Allow', allow],
  );
}

function sendUnauthorized(exchange: Exchange, method: string): void {
  const given = exchange.headers.authorization !== undefined;
  sendProblem(
    exchange,
    401,
    {
      code: 'LF_UNAUTHORIZED',
      operation: method === 'DELETE' ? 'delete' : 'change',
      subject: exchange.path,
      cause: given ? 'the token is not the one of this agent' : 'the request carries no token',
      hint: 'Send `Authorization: Bearer` with the content of `token` in the run directory, or use the Unix socket.',
    },
    [
      'WWW-Authenticate',
      given ? 'Bearer realm="landfall", error="invalid_token"' : 'Bearer realm="landfall"',
    ],
  );
}

function settle(exchange: Exchange, outcome: void | Promise<void>): void {
  if (outcome !== undefined) void outcome.catch((error: unknown) => failed(exchange, error));
}

/** A defect of ours: the answer says that, the log says what. */
function failed(exchange: Exchange, error: unknown): void {
  const { api, response, path } = exchange;
  api.counts.failed += 1;
  api.logger.error('request failed', { path, error: error instanceof Error ? error.stack : String(error) });
  if (response.headersSent) {
    response.destroy();
    return;
  }
  sendProblem(exchange, 500, {
    code: 'LF_UNEXPECTED',
    operation: 'answer',
    subject: path,
    cause: 'the agent met an error of its own',
    hint: 'Its log has the details; report them.',
  });
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Api, Exchange, Handler } from './http/exchange.ts';
import { sendNoSuchRoute } from './routes/no-such-route.ts';
import { readBody } from './http/request-body.ts';
import { sendRefusal, sendWrongMethod } from './http/refusals.ts';
import { MAX_BODY_BYTES, refusalOf, TOO_LARGE, type Door, type Refusal } from './http/request-checks.ts';
import { readHeaders } from './http/request-headers.ts';
import { sendProblem } from './http/reply.ts';
import { allowedMethods, findRoute, handlerOf, type Route } from './routes/route-table.ts';
import { serveShape } from './serve-shape.ts';
import type { Shape } from './http/shape.ts';

const NO_BODY = Buffer.alloc(0);

/**
 * From a parsed request to its answer: refuse, find the route, authorize, read the body, handle. Never throws.
 * @param only the shape whose own door it came in by: there is nothing else there.
 */
export function serve(
  api: Api,
  door: Door,
  request: IncomingMessage,
  response: ServerResponse,
  only?: Shape,
): void {
  api.counts.requests += 1;
  const target = request.url ?? '';
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  const found = only === undefined ? findRoute(path) : undefined;
  const headers = readHeaders(request.rawHeaders);
  const exchange: Exchange = {
    api,
    request,
    response,
    headers,
    path,
    tail: found === undefined ? '' : path.slice(found[1]),
    search: query < 0 ? '' : target.slice(query),
    authorized: door === 'socket' || api.isReadToken(headers.authorization),
    mayWrite: () => door === 'socket' || api.isToken(headers.authorization),
  };
  try {
    const refusal = refusalOf(target, request.httpVersion, headers, door);
    if (refusal !== undefined) {
      settle(exchange, refuse(exchange, refusal));
      return;
    }
    const shaped = found === undefined ? findShape(api, path, only) : undefined;
    if (shaped !== undefined) {
      settle(exchange, serveShape(exchange, ...shaped));
      return;
    }
    const handler = admit(exchange, found?.[0], only);
    if (handler === undefined) return;
    const hasBody = headers.contentLength > 0 || headers.transferEncoding === 'chunked';
    settle(exchange, hasBody ? handleWithBody(exchange, handler) : handler(exchange, NO_BODY));
  } catch (error) {
    failed(exchange, error);
  }
}

/** The shape of a path, and the path as the shape knows it. */
function findShape(api: Api, path: string, only: Shape | undefined): readonly [Shape, string] | undefined {
  if (only !== undefined) return only.methodOf(path) === undefined ? undefined : [only, path];
  for (const shape of api.shapes) {
    const below = path.slice(shape.root.length);
    if (path.startsWith(shape.root) && shape.methodOf(below) !== undefined) return [shape, below];
  }
  return undefined;
}

/** The handler of an acceptable request; undefined when it has been answered here: 404, 405 or 401. */
function admit(exchange: Exchange, route: Route | undefined, only?: Shape): Handler | undefined {
  if (route === undefined) {
    sendNoSuchRoute(exchange, only);
    return undefined;
  }
  const method = exchange.request.method ?? '';
  const handler = handlerOf(route, method);
  if (handler === undefined) {
    sendWrongMethod(exchange, method, allowedMethods(route));
    return undefined;
  }
  if (method === 'GET' || method === 'HEAD' || exchange.mayWrite()) return handler;
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

function sendUnauthorized(exchange: Exchange, method: string): void {
  const given = exchange.headers.authorization !== undefined;
  const reads = given && exchange.authorized;
  sendProblem(
    exchange,
    401,
    {
      code: 'LF_UNAUTHORIZED',
      operation: method === 'DELETE' ? 'delete' : 'change',
      subject: exchange.path,
      cause: reads
        ? 'the token may only read'
        : given
          ? 'the token is not the one of this agent'
          : 'the request carries no token',
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

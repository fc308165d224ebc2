import { createServer, type Server } from 'node:http';
import type { AddressInfo, ListenOptions, Socket } from 'node:net';
import { Connections } from './http/connections.ts';
import type { Api } from './http/exchange.ts';
import { peersOf } from './http/peers.ts';
import type { Door } from './http/request-checks.ts';
import { problemOf } from './http/problem.ts';
import { serve } from './serve.ts';
import type { Shape } from './http/shape.ts';

/** Bounds of one listener. Times in milliseconds. */
const LIMITS = {
  /** Below the least limit of descriptors that Linux gives a process, so that over TCP nobody uses up those of the socket. */
  connections: 512,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  /** How often Node looks for requests that are over these two; every 30 s unless told. */
  connectionsCheckingInterval: 2000,
  keepAliveTimeout: 60_000,
  maxHeaderBytes: 16 * 1024,
  /** Connections that wait to be taken; the kernel bounds it by net.core.somaxconn. Beyond it a caller waits for a second. */
  backlog: 4096,
} as const;

/** One door of the API. */
export interface Listener {
  /** @throws the errno of the failed bind. */
  listen(options: ListenOptions): Promise<AddressInfo | string | null>;
  /** Stops accepting; resolves when the last connection is gone. */
  close(): Promise<void>;
  /** Ends what is left. */
  cut(): void;
}

/** The connections of one door, or of several that share a bound. */
export function connectionsOf(api: Api): Connections {
  const heldByUs = (): ReadonlySet<Socket> => new Set([...api.waiters.sockets, ...api.streams.sockets]);
  const { clock, counts } = api;
  return new Connections({ limit: LIMITS.connections, heldByUs, peersOf, clock, counts });
}

/** @param only the one shape that is answered here, and nothing else. */
export function createListener(api: Api, door: Door, connections: Connections, only?: Shape): Listener {
  const server = createServer(
    {
      // Ours says it with a problem document, and does not ask it of the socket.
      requireHostHeader: false,
      keepAliveTimeout: LIMITS.keepAliveTimeout,
      headersTimeout: LIMITS.headersTimeout,
      requestTimeout: LIMITS.requestTimeout,
      connectionsCheckingInterval: LIMITS.connectionsCheckingInterval,
      maxHeaderSize: LIMITS.maxHeaderBytes,
    },
    (request, response) => {
      connections.ask(request, response);
      serve(api, door, request, response, only);
    },
  );
  server.on('clientError', answerUnreadable);
  // Such as EMFILE on accept: without a listener this event would end the process.
  server.on('error', (error) => api.logger.warn('listener failed', { error: String(error) }));
  server.on('connection', (socket: Socket) => connections.admit(socket));

  return {
    listen: (options) => bind(server, options),
    close: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // `close` ends idle connections, but does not count one as idle that has not sent anything yet.
      connections.endSilent();
      return closed;
    },
    cut: () => server.closeAllConnections(),
  };
}

function bind(server: Server, options: ListenOptions): Promise<AddressInfo | string | null> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ backlog: LIMITS.backlog, ...options }, () => {
      server.off('error', reject);
      resolve(server.address());
    });
  });
}

/** What the parser could not read has no response object: the problem document is written by hand. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, phrase, cause] = UNREADABLE.get(error.code ?? '') ?? MALFORMED;
  const body = JSON.stringify(
    problemOf(status, {
      code: 'LF_REQUEST_INVALID',
      operation: 'read',
      subject: 'the request',
      cause,
      hint: 'Send HTTP/1.1 as RFC 9112 says.',
    }),
  );
  socket.end(
    `HTTP/1.1 ${status} ${phrase}\r\nContent-Type: application/problem+json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

type Unreadable = readonly [status: number, phrase: string, cause: string];

const MALFORMED: Unreadable = [400, 'Bad Request', 'it is not valid HTTP'];
const UNREADABLE: ReadonlyMap<string, Unreadable> = new Map<string, Unreadable>([
  [
    'HPE_HEADER_OVERFLOW',
    [431, 'Request Header Fields Too Large', `its head exceeds ${LIMITS.maxHeaderBytes} bytes`],
  ],
  ['HPE_INVALID_URL', [400, 'Bad Request', 'its target holds what must be percent-encoded']],
  ['ERR_HTTP_REQUEST_TIMEOUT', [408, 'Request Timeout', 'it did not arrive in time']],
]);

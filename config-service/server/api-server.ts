import type { Clock } from '../kit/clock.ts';
import type { Fault } from '../kit/errors.ts';
import type { Closable } from '../kit/lifecycle.ts';
import type { Logger } from '../kit/logger.ts';
import { fail, ok, type Outcome } from '../kit/outcome.ts';
import { newApiCounts, type ApiCounts } from './backend/api-counts.ts';
import { bearerCheck, tokenCheck } from './http/bearer.ts';
import type { ApiBackend } from './backend/api-backend.ts';
import { EventStreams } from './http/event-streams.ts';
import type { Api } from './http/exchange.ts';
import { ResponseCache } from './http/response-cache.ts';
import { HeldPlaces } from './http/held-places.ts';
import { connectionsOf, createListener, type Listener } from './listener.ts';
import { loopbackAddress } from './http/loopback.ts';
import type { ReadPage } from './http/page.ts';
import { peersOf } from './http/peers.ts';
import type { Shape } from './http/shape.ts';
import { bindSocketFile, occupantOf } from './http/socket-file.ts';
import { Waiters } from './http/waiters.ts';

/** The whole agent stops within 5 s; what is stopped after the API needs a part of them. */
const DRAIN_MS = 4000;

export interface ApiServerParts {
  readonly backend: ApiBackend;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What `Authorization: Bearer` must carry to write or to see secrets over TCP. */
  readonly token: string;
  /** One that sees secrets and may not write. */
  readonly readToken?: string;
  /** What is answered at the main doors beside the routes. */
  readonly shapes?: readonly Shape[];
  /** Asked anew for each reader, so that it need not stay in memory; left out: there is none. */
  readonly readPage?: ReadPage;
  readonly version: string;
  /** Pass it to read the counts from outside, for `/metrics`. */
  readonly counts?: ApiCounts;
}

/** A door where one shape is answered, at the root, and nothing else. */
export interface OwnDoor {
  readonly shape: Shape;
  /** The variable that says where it is, for who finds the place taken. */
  readonly setting: string;
}

/** The localhost API (docs/api.md). Listens on nothing until told to; on both doors if told so. */
export interface ApiServer extends Closable {
  /** Loopback only; port 0 takes a free one. Fails with `LF_LISTEN`. */
  listenTcp(
    host: string,
    port: number,
    own?: OwnDoor,
  ): Promise<Outcome<{ readonly host: string; readonly port: number }>>;
  /**
   * A Unix socket whose file mode says who may write and see secrets. A socket file that nobody answers on is replaced;
   * a live one, or a file that is no socket, is left alone. Fails with `LF_LISTEN`.
   */
  listenSocket(path: string, mode?: number): Promise<Outcome<void>>;
  /** Stops accepting, ends blocking queries and event streams, lets requests finish; cuts what is left after 4 s. */
  close(): Promise<void>;
}

export function createApiServer(parts: ApiServerParts): ApiServer {
  const api = createApi(parts);
  // Of all doors over TCP together: more would be more descriptors than those of the socket can spare.
  const tcp = connectionsOf(api);
  const open: Listener[] = [];
  const removals: (() => Promise<void>)[] = [];
  let closing: Promise<void> | undefined;

  return {
    name: 'api',
    listenTcp: async (host, port, own) => {
      const subject = `${host}:${port}`;
      const address = loopbackAddress(host);
      if (address === undefined) {
        return fail(
          listenFault(subject, 'the address is not loopback', 'Listen on 127.0.0.1, [::1] or localhost.'),
        );
      }
      const listener = createListener(api, 'tcp', tcp, own?.shape);
      try {
        const bound = await listener.listen({ host: address, port });
        open.push(listener);
        return ok({ host: address, port: typeof bound === 'object' && bound !== null ? bound.port : port });
      } catch (error) {
        return fail(errnoFault(subject, error, own?.setting));
      }
    },
    listenSocket: async (path, mode = 0o660) => {
      const listener = createListener(api, 'socket', connectionsOf(api));
      try {
        const occupant = await occupantOf(path);
        const taken = TAKEN.get(occupant);
        if (taken !== undefined) return fail(listenFault(path, ...taken));
        const remove = await bindSocketFile(path, mode, async (temporary) => {
          await listener.listen({ path: temporary });
        });
        open.push(listener);
        removals.push(remove);
        return ok(undefined);
      } catch (error) {
        await listener.close();
        return fail(errnoFault(path, error));
      }
    },
    close: () => {
      closing ??= drain(api, open, removals);
      return closing;
    },
  };
}

function createApi(parts: ApiServerParts): Api {
  const {
    backend,
    clock,
    logger,
    token,
    readToken,
    version,
    shapes = [],
    readPage,
    counts = newApiCounts(),
  } = parts;
  const mayRead = tokenCheck(readToken === undefined ? [token] : [token, readToken]);
  return {
    backend,
    clock,
    logger,
    version,
    counts,
    waiters: new Waiters(backend, clock, counts, new HeldPlaces({ capacity: 256, peersOf, clock, counts })),
    streams: new EventStreams(
      backend.events,
      clock,
      counts,
      new HeldPlaces({ capacity: 64, peersOf, clock, counts }),
    ),
    shelf: new ResponseCache(backend),
    shapes,
    ...(readPage && { readPage }),
    isToken: bearerCheck(tokenCheck([token])),
    isReadToken: bearerCheck(mayRead),
    mayRead,
    fingerprintKey: readToken ?? token,
    draining: false,
  };
}

async function drain(
  api: Api,
  listeners: readonly Listener[],
  removals: readonly (() => Promise<void>)[],
): Promise<void> {
  api.draining = true;
  const closed = listeners.map((listener) => listener.close());
  api.waiters.drain();
  api.streams.drain();
  for (const remove of removals) await remove();
  const done = new AbortController();
  const cutting = cutLate(api.clock, listeners, done.signal);
  await Promise.all(closed);
  done.abort();
  await cutting;
}

async function cutLate(clock: Clock, listeners: readonly Listener[], done: AbortSignal): Promise<void> {
  await clock.sleep(DRAIN_MS, done).catch(() => {});
  for (const listener of listeners) listener.cut();
}

const TAKEN: ReadonlyMap<string, readonly [cause: string, hint: string]> = new Map([
  ['live socket', ['another process answers there', 'Stop it, or set LANDFALL_SOCKET to another path.']],
  ['something else', ['a file that is not a socket is in the way', 'Move it away, or set LANDFALL_SOCKET.']],
]);

/** What to do about the errno of a bind. */
const HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Another program listens there: set LANDFALL_LISTEN to another port, or to nothing.',
  EACCES: 'Give this user the right to it, or choose a port above 1023 or another path.',
  EADDRNOTAVAIL: 'This host has no such address: set LANDFALL_LISTEN to 127.0.0.1:5263.',
  ENOENT: 'The folder does not exist: create it, or set LANDFALL_RUN_DIR.',
  ENAMETOOLONG: 'A socket path has at most 107 bytes: set LANDFALL_SOCKET to a shorter one.',
  EINVAL: 'A socket path has at most 107 bytes: set LANDFALL_SOCKET to a shorter one.',
};

/** @param setting the one that named a place of its own. */
function errnoFault(subject: string, error: unknown, setting = 'LANDFALL_LISTEN'): Fault {
  const { code = 'unknown', message } = error as NodeJS.ErrnoException;
  const hint = HINTS[code] ?? 'Set LANDFALL_LISTEN or LANDFALL_SOCKET to another place.';
  return listenFault(subject, message, hint.replace('LANDFALL_LISTEN', setting));
}

function listenFault(subject: string, cause: string, hint: string): Fault {
  return { code: 'LF_LISTEN', operation: 'listen on', subject, cause, hint };
}

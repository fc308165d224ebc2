import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '#kit/logger.ts';
import { newApiCounts, type ApiCounts } from '../../config-service/server/backend/api-counts.ts';
import { createApiServer, type ApiServer } from '../../config-service/server/api-server.ts';
import type { ReadPage } from '../../config-service/server/http/page.ts';
import type { Shape } from '../../config-service/server/http/shape.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeBackend } from './fake-backend.ts';
import type { Place } from './raw-http.ts';

export const TOKEN = 'a-token-for-tests';
export const READ_TOKEN = 'a-token-that-only-reads';

/** An API server on both doors with a fake backend and a clock of the test's own. */
export interface ApiBench {
  readonly backend: FakeBackend;
  readonly clock: FakeClock;
  readonly counts: ApiCounts;
  readonly server: ApiServer;
  readonly tcp: Place & { readonly port: number };
  readonly socket: Place & { readonly socketPath: string };
  stop(): Promise<void>;
}

/** One shape, at the main doors and at one of its own. */
export interface ShapeBench extends ApiBench {
  readonly own: Place & { readonly port: number };
}

export async function startShape(shape: Shape): Promise<ShapeBench> {
  const bench = await startApi([shape]);
  const own = await bench.server.listenTcp('127.0.0.1', 0, { shape, setting: 'LANDFALL_OWN_LISTEN' });
  if (own.kind !== 'ok') throw new Error(own.fault.cause);
  return { ...bench, own: own.value };
}

/** @param readPage left out: there is no page for people. */
export async function startApi(shapes: readonly Shape[] = [], readPage?: ReadPage): Promise<ApiBench> {
  const clock = new FakeClock();
  const backend = new FakeBackend(clock);
  const counts = newApiCounts();
  const server = createApiServer({
    backend,
    clock,
    logger: silentLogger,
    token: TOKEN,
    readToken: READ_TOKEN,
    shapes,
    ...(readPage && { readPage }),
    version: '1.2.3',
    counts,
  });
  const folder = await mkdtemp(join(tmpdir(), 'landfall-api-'));
  const tcp = await server.listenTcp('127.0.0.1', 0);
  if (tcp.kind !== 'ok') throw new Error(tcp.fault.cause);
  const socketPath = join(folder, 'landfall.sock');
  const bound = await server.listenSocket(socketPath);
  if (bound.kind !== 'ok') throw new Error(bound.fault.cause);
  return {
    backend,
    clock,
    counts,
    server,
    tcp: tcp.value,
    socket: { socketPath },
    stop: async () => {
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

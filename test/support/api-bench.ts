import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '#kit/logger.ts';
import { newApiCounts, type ApiCounts } from '../../config-service/server/api-counts.ts';
import { createApiServer, type ApiServer } from '../../config-service/server/api-server.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeDesk } from './fake-desk.ts';
import type { Place } from './raw-http.ts';

export const TOKEN = 'a-token-for-tests';

/** An API server on both doors with a fake desk and a clock of the test's own. */
export interface ApiBench {
  readonly desk: FakeDesk;
  readonly clock: FakeClock;
  readonly counts: ApiCounts;
  readonly server: ApiServer;
  readonly tcp: Place & { readonly port: number };
  readonly socket: Place & { readonly socketPath: string };
  stop(): Promise<void>;
}

export async function startApi(): Promise<ApiBench> {
  const clock = new FakeClock();
  const desk = new FakeDesk(clock);
  const counts = newApiCounts();
  const server = createApiServer({
    desk,
    clock,
    logger: silentLogger,
    token: TOKEN,
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
    desk,
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

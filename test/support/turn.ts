import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { allowed } from './allowed.ts';

/**
 * For what can only be there once on a machine, such as a path that is sealed in a fixture: runs of this and of other copies of the
 * repository take turns. The kernel ends a turn with its process. Resolves with what ends it before.
 */
export async function takeTurn(name: string, patienceMs = allowed(60_000)): Promise<() => Promise<void>> {
  const end = performance.now() + patienceMs;
  while (performance.now() < end) {
    const release = await claim(`\0landfall-test-${name}`);
    if (release) return release;
    await sleep(50);
  }
  throw new Error(`another run has held ${name} for ${patienceMs} ms`);
}

function claim(path: string): Promise<(() => Promise<void>) | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen({ path }, () => resolve(() => new Promise((closed) => void server.close(() => closed()))));
  });
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { findProgram } from './program.ts';

export interface Moto extends AsyncDisposable {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts `moto_server` on a free loopback port; undefined when this machine has none. Throws when it does not come up.
 * @param settings environment variables of moto's own.
 * @param program another one in its place.
 */
export async function startMoto(
  settings: NodeJS.ProcessEnv = {},
  program = findProgram('moto_server'),
): Promise<Moto | undefined> {
  if (program === undefined) return undefined;
  const port = await freePort();
  const child = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // What stands on PATH may be a version switcher's shim, and the server its child: they end together.
    detached: true,
    env: {
      ...process.env,
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      PYTHONUNBUFFERED: '1',
      ...settings,
    },
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = (): void => endGroup(child.pid);
  process.once('exit', end);
  await new Promise<void>((resolve, reject) => {
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      // Werkzeug says so once it listens; afterwards this only keeps the pipe empty.
      said = (said + chunk.toString()).slice(-4096);
      if (said.includes('Running on http')) resolve();
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`${program} ended with ${code} before it listened: ${said}`)),
    );
  });
  const stop = async (): Promise<void> => {
    process.off('exit', end);
    end();
    await exited;
  };
  return { url: `http://127.0.0.1:${port}`, stop, [Symbol.asyncDispose]: stop };
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGTERM');
  } catch {
    // It has ended by itself.
  }
}

/** moto_server cannot choose one itself and say which. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

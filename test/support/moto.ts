import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

export interface Moto {
  readonly url: string;
  stop(): Promise<void>;
}

/** What to print when there is none: a suite that leaves moto out must not look as if it had run. */
export const MOTO_IS_MISSING =
  "moto_server is missing: contract suite ran on the sandbox only; pip install 'moto[server]'";

/** Starts `moto_server` on a free loopback port; `undefined` when this machine has none. Throws when it does not come up. */
export async function startMoto(): Promise<Moto | undefined> {
  const program = findMotoServer();
  if (program === undefined) return undefined;
  const port = await freePort();
  const child = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', PYTHONUNBUFFERED: '1' },
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
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
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** On PATH, or beside python3: where pip puts it for an interpreter whose bin folder is not on PATH. */
function findMotoServer(): string | undefined {
  const python = spawnSync('python3', ['-c', 'import sys; print(sys.prefix)'], { encoding: 'utf8' });
  const beside = python.status === 0 ? [path.join(python.stdout.trim(), 'bin')] : [];
  const folders = [...beside, ...(process.env['PATH'] ?? '').split(path.delimiter)];
  return folders.map((folder) => path.join(folder, 'moto_server')).find((file) => existsSync(file));
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

/** A server that does nothing but answer, in a process of its own: no server of Node's can be faster. */
export interface FloorServer extends AsyncDisposable {
  readonly port: number;
}

/** @param answer of every request. @param core the only one it may run on, where `taskset` is there. */
export async function startFloorServer(answer: string, core?: number): Promise<FloorServer> {
  const own = [process.execPath, fileURLToPath(import.meta.url), answer];
  const [command = '', ...args] = core === undefined ? own : ['taskset', '-c', String(core), ...own];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.stdout.once('data', (text: Buffer) => resolve(Number(text.toString())));
  });
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill();
      await gone;
    },
  };
}

if (import.meta.main) {
  const body = Buffer.from(process.argv[2] ?? '');
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': body.length });
    response.end(body);
  });
  server.listen(0, '127.0.0.1', () => process.stdout.write(String((server.address() as AddressInfo).port)));
}

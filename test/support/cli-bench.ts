import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startApi, TOKEN, type ApiBench } from './api-bench.ts';
import { commandLine, type CommandLine } from './command-line.ts';

export interface CliBench extends CommandLine {
  readonly api: ApiBench;
}

/** Which ways lead to the agent: both, or the port alone, with the token of its owner or without. */
export type Way = 'socket' | 'port' | 'port without token';

/** A command line in front of a real API server with a fake backend, stopped with the test. */
export async function cliBench(
  way: Way = 'socket',
  terminal: Parameters<typeof commandLine>[1] = {},
): Promise<CliBench> {
  const api = await startApi();
  const runDir = await mkdtemp(join(tmpdir(), 'landfall-cli-'));
  if (way === 'port') await writeFile(join(runDir, 'token'), `${TOKEN}\n`);
  onTestFinished(async () => {
    await api.stop();
    await rm(runDir, { recursive: true });
  });
  const line = commandLine(
    {
      LANDFALL_SOCKET: way === 'socket' ? api.socket.socketPath : join(runDir, 'none.sock'),
      LANDFALL_LISTEN: `127.0.0.1:${api.tcp.port}`,
      LANDFALL_RUN_DIR: runDir,
    },
    terminal,
  );
  return Object.assign(line, { api });
}

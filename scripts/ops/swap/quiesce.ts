import { spawn } from 'node:child_process';
import type { OpsContext } from '../context.ts';
import type { Patience } from '../across/patience.ts';
import type { Pair } from './holdings.ts';
import type { Named } from './reading.ts';

/** Between asking and ending it by force. */
const GRACE_MS = 5_000;

/**
 * Runs what stops the service and unmounts, in the operator's own shell and environment: undefined once it ended with 0, else why
 * not. What it prints goes to stderr, since stdout is for the document. In a group of its own, so that all of it ends.
 */
export async function quiesceFails(
  command: string,
  { region, blue, green }: Pair,
  named: Named,
  patience: Patience,
  { env, err, clock }: Pick<OpsContext, 'env' | 'err' | 'clock'>,
): Promise<string | undefined> {
  const child = spawn('/bin/sh', ['-c', command], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...env,
      LANDFALL_SWAP_REGION: region,
      LANDFALL_SWAP_FROM: blue,
      LANDFALL_SWAP_TO: green,
      LANDFALL_SWAP_ADDRESSES: named.addresses.join(' '),
      LANDFALL_SWAP_VOLUMES: named.volumes.join(' '),
    },
  });
  const kill = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // It has ended.
    }
  };
  const ended = new AbortController();
  const stop = (): void => {
    kill('SIGTERM');
    clock.sleep(GRACE_MS, ended.signal).then(
      () => kill('SIGKILL'),
      () => {},
    );
  };
  child.stdout.on('data', (chunk: Buffer) => err(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => err(chunk.toString()));
  patience.signal.addEventListener('abort', stop, { once: true });
  if (patience.signal.aborted) stop();
  const result = await new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    // 'exit' and not 'close': what it left running in the background may hold the pipes for ever.
    child.once('exit', (code, signal) =>
      resolve(code === 0 ? undefined : code === null ? `it was ended by ${signal}` : `it ended with ${code}`),
    );
  });
  ended.abort();
  patience.signal.removeEventListener('abort', stop);
  child.stdout.destroy();
  child.stderr.destroy();
  if (patience.state() === 'late') return 'it was not done when --timeout was over';
  return result;
}

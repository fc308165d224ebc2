import { spawn } from 'node:child_process';
import type { OpsContext } from '../console/context.ts';
import type { Patience } from './patience.ts';

/** A program of the operator's, as it is started. */
export interface Child {
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether what it leaves running is ended with it. */
  readonly endsRest: boolean;
  /** What it prints to stdout; it goes to stderr with the rest when left out. */
  readonly hear?: (text: string) => void;
}

/** Between asking and ending it by force. */
const GRACE_MS = 5_000;
/** For what it said last to arrive. */
const LAST_WORDS_MS = 1_000;

/**
 * Runs it to its end: undefined once it ended with 0, else why not. What it prints goes to stderr, since stdout is for the
 * document. In a group of its own, so that all of it ends when the command is stopped or late.
 */
export async function childFails(
  { argv: [program, ...args], cwd, env, endsRest, hear }: Child,
  patience: Patience,
  { err, clock }: Pick<OpsContext, 'err' | 'clock'>,
): Promise<string | undefined> {
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
    ...(cwd === undefined ? {} : { cwd }),
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
  child.stdout.on('data', (chunk: Buffer) => (hear ?? err)(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => err(chunk.toString()));
  patience.signal.addEventListener('abort', stop, { once: true });
  if (patience.signal.aborted) stop();
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const result = await new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    // 'exit' and not 'close': what it left running in the background may hold the pipes for ever.
    child.once('exit', (code, signal) =>
      resolve(code === 0 ? undefined : code === null ? `it was ended by ${signal}` : `it ended with ${code}`),
    );
  });
  if (endsRest) kill('SIGKILL');
  await Promise.race([closed, clock.sleep(LAST_WORDS_MS, ended.signal).catch(() => {})]);
  ended.abort();
  patience.signal.removeEventListener('abort', stop);
  child.stdout.destroy();
  child.stderr.destroy();
  if (patience.state() === 'late') return 'it was not done when --timeout was over';
  return result;
}

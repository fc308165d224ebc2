import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Clock } from '#kit/clock.ts';
import { errnoOrText } from '#kit/errno.ts';
import type { Variables } from './variables.ts';

/** How a program ended: with a code, by a signal, or not begun at all. */
export type End =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'unstarted'; readonly errno: string };

export interface Child {
  readonly end: Promise<End>;
  /** Nothing happens once it has ended. */
  signal(name: NodeJS.Signals): void;
}

export type Command = readonly [program: string, ...args: string[]];

/** With our stdin, stdout and stderr, in our process group: a terminal's Ctrl-C reaches it by itself. */
export function startChild([program, ...args]: Command, env: Variables): Child {
  try {
    const child = spawn(program, args, { env, stdio: 'inherit' });
    const end = new Promise<End>((resolve) => {
      child.once('error', (error) => resolve({ kind: 'unstarted', errno: errnoOrText(error) }));
      child.once('exit', (code, signal) => {
        resolve(code === null ? { kind: 'killed', signal: signal ?? 'SIGKILL' } : { kind: 'exited', code });
      });
    });
    return { end, signal: (name) => void child.kill(name) };
  } catch (error) {
    // Some failures of execve(2) are thrown, such as E2BIG.
    return { end: Promise.resolve({ kind: 'unstarted', errno: errnoOrText(error) }), signal: () => {} };
  }
}

/** SIGTERM, and SIGKILL when it is still there after `graceMs`. */
export async function stopChild(child: Child, graceMs: number, clock: Clock): Promise<End> {
  const over = new AbortController();
  child.signal('SIGTERM');
  clock.sleep(graceMs, over.signal).then(
    () => child.signal('SIGKILL'),
    () => {},
  );
  const end = await child.end;
  over.abort();
  return end;
}

/** As a shell gives it: 128 and the number of the signal. */
export function exitCodeOfEnd(end: Exclude<End, { kind: 'unstarted' }>): number {
  return end.kind === 'exited' ? end.code : 128 + constants.signals[end.signal];
}

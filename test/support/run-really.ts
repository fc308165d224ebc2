import { spawn } from 'node:child_process';
import type { RunCommand } from '#agent/apply/commands/command.ts';

/** The smallest that does what RunCommand says, without a timeout; in the process group of whoever runs it. */
export const runReally: RunCommand = (command, signal) =>
  new Promise((resolve) => {
    const [file, ...args] = command.argv;
    const child = spawn(file, args, {
      cwd: command.cwd,
      env: command.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let tail = '';
    const hear = (chunk: Buffer): void => void (tail += chunk.toString('utf8'));
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const stop = (): void => void child.kill('SIGKILL');
    signal.addEventListener('abort', stop, { once: true });
    child.on('close', (code, killed) => {
      signal.removeEventListener('abort', stop);
      const end = signal.aborted
        ? ({ kind: 'stopped' } as const)
        : code === null
          ? ({ kind: 'killed', signal: killed ?? 'SIGKILL' } as const)
          : ({ kind: 'exited', code } as const);
      resolve({ end, tail, durationMs: 0 });
    });
  });

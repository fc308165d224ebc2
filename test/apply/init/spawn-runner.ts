import { spawn } from 'node:child_process';
import type { RunnerFor } from '#agent/apply/deploy/archive-inspection.ts';
import type { CommandEnd, RunCommand } from '#agent/apply/commands/command.ts';

/** Real children, in process groups of their own, with nothing of the agent's runner that these tests are not about. */
export const spawnRunner: RunCommand = (command, signal) => spawnRunnerFor(() => {})(command, signal);

/** The same with an ear for each line. */
export const spawnRunnerFor: RunnerFor =
  (onOutput) =>
  async ({ argv, cwd, env, label }, signal) => {
    if (signal.aborted) return { end: { kind: 'stopped' }, tail: '', durationMs: 0 };
    const [program, ...args] = argv;
    const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let tail = '';
    for (const [name, stream] of [
      ['stdout', child.stdout],
      ['stderr', child.stderr],
    ] as const) {
      let line = '';
      stream.setEncoding('utf8').on('data', (text: string) => {
        tail = (tail + text).slice(-4096);
        const lines = (line + text).split('\n');
        line = lines.pop() ?? '';
        for (const each of lines) onOutput(label, name, each);
      });
    }
    signal.addEventListener('abort', () => child.kill('SIGKILL'));
    const end = await new Promise<CommandEnd>((resolve) => {
      child.once('error', (error) => {
        resolve({ kind: 'unstarted', reason: 'code' in error ? String(error.code) : error.message });
      });
      child.once('close', (code, killed) => {
        resolve(code === null ? { kind: 'killed', signal: killed ?? 'unknown' } : { kind: 'exited', code });
      });
    });
    return { end, tail, durationMs: 0 };
  };

import { open, rm } from 'node:fs/promises';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { judgeCommand } from '../command-fault.ts';
import type { CommandResult } from '../commands/command.ts';
import type { Line } from './command-entry.ts';
import { INIT_LIMITS, INIT_TIMEOUTS } from './limits.ts';
import type { ConfigRun } from './task.ts';

interface ChildOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly timeoutMs?: number;
}

export function argvOf(line: Line): readonly [string, ...string[]] {
  return typeof line === 'string' ? ['/bin/sh', '-c', line] : line;
}

/** @param place as `placeOf` gives it. */
export function runChild(
  run: ConfigRun,
  place: string,
  argv: readonly [string, ...string[]],
  { cwd = '/', environment = run.environment, user, timeoutMs = INIT_TIMEOUTS.query }: ChildOptions = {},
): Promise<CommandResult> {
  const command = {
    label: place,
    argv,
    cwd,
    env: environment,
    timeoutMs,
    ...(user !== undefined && { user }),
  };
  return run.host.run(command, run.signal);
}

/** For a child that has to exit with 0. */
export function succeeded(
  run: ConfigRun,
  place: string,
  program: string,
  result: CommandResult,
): Outcome<void> {
  const judged = judgeCommand(place, result, 'LF_INIT', run.redact);
  if (judged.kind !== 'fail') return judged;
  return fail({ ...judged.fault, cause: `${program}: ${judged.fault.cause}` });
}

/** For a child whose exit code is an answer. */
export function finished(
  run: ConfigRun,
  place: string,
  program: string,
  result: CommandResult,
): Outcome<number> {
  if (result.end.kind === 'exited') return ok(result.end.code);
  const judged = succeeded(run, place, program, result);
  return judged.kind === 'ok' ? ok(0) : judged;
}

/**
 * Runs a program and gives what it wrote to its standard output, and its exit code. The runner streams output away, so it
 * takes the way over a file.
 */
export async function capture(
  run: ConfigRun,
  place: string,
  line: Line,
  options: ChildOptions = {},
): Promise<Outcome<{ readonly code: number; readonly output: string; readonly result: CommandResult }>> {
  const path = `${run.scratch}/output`;
  const script = 'out=$1; shift; exec "$@" >"$out"';
  const result = await runChild(run, place, ['/bin/sh', '-c', script, 'sh', path, ...argvOf(line)], options);
  const ended = finished(run, place, argvOf(line)[0], result);
  if (ended.kind !== 'ok') return ended;
  const output = await readBounded(path);
  await rm(path, { force: true });
  return ok({ code: ended.value, output, result });
}

async function readBounded(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(INIT_LIMITS.outputBytes), 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return '';
  }
}

import { constants } from 'node:os';
import { systemClock } from '#kit/clock.ts';
import { parseDuration } from '#kit/duration.ts';
import { describeFault, faultOf, LandfallError, type Fault } from '#kit/errors.ts';
import { exitCodeOfEnd, type Command } from '../exec/child.ts';
import { followConfiguration, type Snapshot } from '../exec/configuration-feed.ts';
import { findProgram } from '../exec/program-file.ts';
import { supervise, type Following } from '../exec/supervision.ts';
import type { Variables } from '../exec/variables.ts';
import type { ApiClient } from './api-client.ts';
import { clientOf, type CliContext, type Flags } from './context.ts';
import { firstSnapshot, nextSnapshot } from './exec-configuration.ts';
import { unstarted, usage } from './exec-faults.ts';
import type { ExecOptions } from './exec.ts';

/** The environment under which the program goes by its own name and PATH (execve(2) knows neither). */
const ENV_PROGRAM = '/usr/bin/env';

/** To the exit code of the program. @throws LandfallError when it is not begun. */
export async function runProgram(
  command: Command,
  options: ExecOptions,
  context: CliContext,
  flags: Flags,
): Promise<number> {
  const wish = readWish(options);
  const client = clientOf(context, flags);
  const first = await firstSnapshot(client, wish, context);
  const environment = (variables: Variables): Variables => ({ ...inherited(context), ...variables });
  await requireProgram(command[0], context);
  if (wish.onChange === undefined) await replaceSelf(command, environment(first.variables), context);
  const stop = new AbortController();
  const end = await supervise({
    command,
    variables: first.variables,
    environment,
    following: followingOf(wish, first, client, context, stop.signal),
    relaySignals: (handler) => context.relaySignals(handler),
    clock: systemClock,
    random: Math.random,
  });
  stop.abort();
  if (end.kind === 'unstarted') throw new LandfallError(unstarted(command[0], end));
  return exitCodeOfEnd(end);
}

function followingOf(
  { prefix, onChange, splayMs, graceMs }: Wish,
  first: Snapshot,
  client: ApiClient,
  context: CliContext,
  stop: AbortSignal,
): Following | undefined {
  if (onChange === undefined) return undefined;
  context.settleDown();
  const feed = followConfiguration(
    first,
    {
      next: (etag, signal) => nextSnapshot(client, prefix, etag, signal),
      clock: systemClock,
      random: Math.random,
      onTrouble: (error) => warn(context, faultOf(error, 'follow', 'the configuration')),
    },
    stop,
  );
  return { feed, onChange, splayMs, graceMs };
}

interface Wish {
  readonly prefix: string;
  readonly onChange: 'restart' | NodeJS.Signals | undefined;
  readonly splayMs: number;
  readonly graceMs: number;
  readonly waitMs: number;
}

function readWish({ prefix, onChange, splay, grace, wait }: ExecOptions): Wish {
  const action = onChange === undefined || onChange === 'restart' ? onChange : signalOf(onChange);
  if (onChange !== undefined && action === undefined) {
    throw new LandfallError(usage('--on-change', onChange, 'restart, or a signal such as SIGHUP or USR1'));
  }
  return {
    prefix,
    onChange: action,
    splayMs: durationOf('--splay', splay),
    graceMs: durationOf('--grace', grace),
    waitMs: durationOf('--wait', wait),
  };
}

function durationOf(option: string, text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new LandfallError(usage(option, text, 'a duration such as 30s'));
  return ms;
}

/** `HUP`, `SIGHUP`, `hup`. */
function signalOf(text: string): NodeJS.Signals | undefined {
  const name = `SIG${text.toUpperCase().replace(/^SIG/, '')}`;
  const known = Object.hasOwn(constants.signals, name) && name !== 'SIGKILL' && name !== 'SIGSTOP';
  return known ? (name as NodeJS.Signals) : undefined;
}

/** Before anything is given up: once this process is replaced, nobody is left to tell. */
async function requireProgram(name: string, { cwd, env }: CliContext): Promise<void> {
  const { kind } = await findProgram(name, cwd, env['PATH']);
  if (kind !== 'found') {
    throw new LandfallError(unstarted(name, { errno: kind === 'missing' ? 'ENOENT' : 'EACCES' }));
  }
}

/**
 * The program in place of this one: same pid, nothing of ours remains. Returns where that cannot be; then it is supervised.
 * Through env(1), because an execve(2) that fails after all, for a script without `#!` or a missing loader, would be an abort
 * of Node; and what env(1) takes for an assignment is no program to it.
 */
async function replaceSelf(command: Command, environment: Variables, context: CliContext): Promise<void> {
  const { replaceProcess, cwd } = context;
  if (!replaceProcess || command[0].includes('=') || !fits([...command, ...pairs(environment)])) return;
  if ((await findProgram(ENV_PROGRAM, cwd)).kind !== 'found') return;
  replaceProcess(ENV_PROGRAM, ['env', '--', ...command], environment);
}

/** Half of what Linux takes by default (a quarter of 8 MiB of stack, pointers included): beyond it the kernel is asked by spawn. */
function fits(strings: readonly string[]): boolean {
  const sizes = strings.map((text) => Buffer.byteLength(text) + 1);
  return Math.max(...sizes) < 128 * 1024 && sizes.reduce((sum, size) => sum + size + 8, 0) < 1024 * 1024;
}

function pairs(environment: Variables): readonly string[] {
  return Object.entries(environment).map(([name, value]) => `${name}=${value}`);
}

function inherited({ env }: CliContext): Variables {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function warn({ terminal }: CliContext, fault: Fault): void {
  terminal.err(`landfall: ${describeFault(fault)} [${fault.code}]\n`);
}

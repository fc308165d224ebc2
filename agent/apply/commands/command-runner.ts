import { spawn, type ChildProcess } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { atMost } from '#kit/at-most.ts';
import type { Clock } from '#kit/clock.ts';
import { errnoOf, errnoOrText } from '#kit/errno.ts';
import type { Account, Accounts } from './account.ts';
import type { Command, CommandEnd, RunCommand } from './command.ts';
import { createOutputLines, type OutputLines } from './output-lines.ts';
import { openOutputPipes, type OnData, type OutputPipe } from './output-pipe.ts';

export type OutputStream = 'stdout' | 'stderr';

/** Gets every line as it comes; must not wait and must not throw. Secrets are not taken out yet. */
export type OnOutput = (label: string, stream: OutputStream, line: string) => void;

export interface CommandRunnerOptions {
  readonly clock: Clock;
  readonly accounts: Accounts;
  /** Our own effective user id. */
  readonly uid: number;
  readonly kill: Kill;
  /** For a moment, while a command starts, its pipes have names here. */
  readonly runDir: string;
  readonly onOutput: OnOutput;
}

/** Bytes of output kept for errors. */
const TAIL_BYTES = 4096;

/** How long what a command left running may go on holding its pipes, once the command itself is over. */
const DRAIN_MS = 1000;

/** What setTimeout can count to; beyond it fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Runs commands in process groups of their own, with /dev/null as input. A timeout or the agent's stop ends the whole
 * group. What a command leaves running in the background when it exits by itself stays, but its output is read no
 * longer than `DRAIN_MS`. Commands outlive a `kill -9` of the agent: systemd's control group ends them.
 */
export function createCommandRunner(options: CommandRunnerOptions): RunCommand {
  const { clock, onOutput } = options;
  return async (command, signal) => {
    const startedAt = clock.monotonic();
    const tail = createOutputTail(TAIL_BYTES);
    const stdout = createOutputLines((line) => onOutput(command.label, 'stdout', line));
    const stderr = createOutputLines((line) => onOutput(command.label, 'stderr', line));
    const into = (lines: OutputLines) => (chunk: Uint8Array) => {
      tail.push(chunk);
      lines.push(chunk);
    };
    const end = await runToEnd(options, command, signal, into(stdout), into(stderr));
    stdout.end();
    stderr.end();
    return { end, tail: tail.text(), durationMs: clock.monotonic() - startedAt };
  };
}

async function runToEnd(
  options: CommandRunnerOptions,
  command: Command,
  signal: AbortSignal,
  onStdout: OnData,
  onStderr: OnData,
): Promise<CommandEnd> {
  const { accounts, uid, runDir } = options;
  const { user } = command;
  const account = await (user === undefined ? accounts.byUid(uid) : accounts.byName(user));
  if (user !== undefined) {
    if (!account) return unstarted(`there is no user ${user}`);
    if (account.uid !== uid && uid !== 0) return unstarted(`only root can run it as ${user}`);
  }
  // The errno of a missing folder would be taken for that of a missing program.
  if (!(await isFolder(command.cwd))) return unstarted(`${command.cwd} is no folder`);
  let pipes: readonly OutputPipe[] = [];
  try {
    pipes = await openOutputPipes(runDir, onStdout, onStderr);
    if (signal.aborted) return { kind: 'stopped' };
    return await attend(options, command, signal, start(command, account, uid, pipes), pipes);
  } catch (error) {
    return unstarted(errnoOrText(error));
  } finally {
    for (const pipe of pipes) await pipe.close();
  }
}

/** @throws what no event tells of, such as E2BIG. */
function start(
  command: Command,
  account: Account | undefined,
  uid: number,
  pipes: readonly OutputPipe[],
): ChildProcess {
  const [program, ...args] =
    account === undefined || account.uid === uid ? command.argv : asUser(account, command.argv);
  return spawn(program, args, {
    cwd: command.cwd,
    env: { ...loginOf(account), ...command.env },
    detached: true,
    stdio: ['ignore', ...pipes.map(({ writeEnd }) => writeEnd)],
  });
}

/**
 * Through setpriv (util-linux): told of another user, libuv drops all supplementary groups, and a deploy user that is in
 * the group docker would not be.
 */
function asUser({ uid, gid, groups }: Account, argv: Command['argv']): Command['argv'] {
  const supplementary = groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`;
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, supplementary, '--', ...argv];
}

/** Many a program fails without HOME, which neither systemd nor cloud-init gives to what they start. */
function loginOf(account: Account | undefined): Record<string, string> {
  if (account === undefined) return { HOME: '/' };
  return { HOME: account.home, USER: account.name, LOGNAME: account.name };
}

/** From start to end, whichever way it comes to it. */
async function attend(
  { clock, kill }: CommandRunnerOptions,
  { timeoutMs }: Command,
  signal: AbortSignal,
  child: ChildProcess,
  pipes: readonly OutputPipe[],
): Promise<CommandEnd> {
  const over = new AbortController();
  const exited = endOf(child);
  for (const pipe of pipes) await pipe.releaseWriteEnd();
  const expired = clock.sleep(Math.min(timeoutMs, MAX_TIMER_MS), over.signal).then(
    (): CommandEnd => ({ kind: 'timeout', afterMs: timeoutMs }),
    () => exited,
  );
  const stopped = new Promise<CommandEnd>((resolve) => {
    if (signal.aborted) resolve({ kind: 'stopped' });
    signal.addEventListener('abort', () => resolve({ kind: 'stopped' }), { signal: over.signal });
  });
  const end = await Promise.race([exited, expired, stopped]);
  over.abort();
  if ((end.kind === 'timeout' || end.kind === 'stopped') && child.pid !== undefined) {
    await endProcessGroup(child.pid, kill, clock);
  }
  await atMost(clock, DRAIN_MS, Promise.all([exited, ...pipes.map(({ closed }) => closed)]));
  return end;
}

function endOf(child: ChildProcess): Promise<CommandEnd> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(unstarted(errnoOrText(error))));
    child.once('exit', (code, signal) => {
      resolve(code === null ? { kind: 'killed', signal: signal ?? 'unknown' } : { kind: 'exited', code });
    });
  });
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function unstarted(reason: string): CommandEnd {
  return { kind: 'unstarted', reason };
}

/** `process.kill`: throws with an errno; signal 0 only asks. */
type Kill = (pid: number, signal: NodeJS.Signals | 0) => unknown;

/** Between SIGTERM and SIGKILL, milliseconds. */
const GRACE_MS = 5000;

const LOOK_AGAIN_MS = 50;

/**
 * Ends all processes of a group: SIGTERM, and SIGKILL for what is left after `GRACE_MS`. A process that made a session
 * or group of its own (`setsid`, a daemon) is out of reach; systemd's control group has it.
 */
async function endProcessGroup(group: number, kill: Kill, clock: Clock): Promise<void> {
  const end = clock.monotonic() + GRACE_MS;
  let alive = signalGroup(group, 'SIGTERM', kill);
  while (alive && clock.monotonic() < end) {
    await clock.sleep(LOOK_AGAIN_MS);
    alive = signalGroup(group, 0, kill);
  }
  if (alive) signalGroup(group, 'SIGKILL', kill);
}

/** False: there is no such group any more. Zombies count as alive until somebody reaps them. */
function signalGroup(group: number, signal: NodeJS.Signals | 0, kill: Kill): boolean {
  try {
    kill(-group, signal);
    return true;
  } catch (error) {
    return errnoOf(error) !== 'ESRCH';
  }
}

/** The last bytes of several streams, in the order they came. */
interface OutputTail {
  push(chunk: Uint8Array): void;
  text(): string;
}

/** @param limit bytes kept. */
export function createOutputTail(limit: number): OutputTail {
  let kept = new Uint8Array(0);
  let cut = false;
  return {
    push: (chunk) => {
      const end = chunk.subarray(-limit);
      const before = kept.subarray(Math.max(0, kept.length + end.length - limit));
      cut ||= chunk.length > limit || before.length < kept.length;
      kept = new Uint8Array(before.length + end.length);
      kept.set(before);
      kept.set(end, before.length);
    },
    text: () => {
      const from = cut ? kept.findIndex((byte) => (byte & 0xc0) !== 0x80) : 0;
      return new TextDecoder().decode(kept.subarray(Math.max(0, from)));
    },
  };
}

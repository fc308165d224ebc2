import { writeFileSync } from 'node:fs';
import { isSea } from 'node:sea';
import { getHeapStatistics, setFlagsFromString, stopCoverage } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { runCli } from './cli/program.ts';
import type { ChangeCounts } from './daemon/configuration/configurator.ts';
import type { Moment } from './daemon/runtime/boot-times.ts';
import { environmentsOf } from './node-environment.ts';
import { SETTLED_FLAGS } from './settled-flags.ts';
import { VERSION } from './version.ts';

/** The composition root: the only file that touches `process`. */
const { argv, argv0, execPath, stdout, stderr } = process;
const { given: env, quiet } = environmentsOf(process.env);
if (quiet && isSea()) {
  // Else NODE_V8_COVERAGE has Node write a file before it goes.
  stopCoverage();
  process.execve?.(execPath, [argv0, ...argv.slice(2)], quiet);
}

// A reader that leaves early (`landfall config | head`) is no failure.
stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

// No top-level await: the executable's script is CommonJS.
void main();

async function main(): Promise<void> {
  process.exitCode = await runCli(argv.slice(2), {
    terminal: {
      out: (text) => void stdout.write(text),
      err: (text) => void stderr.write(text),
      colour: isTerminal(stdout) && !env['NO_COLOR'],
      errIsTerminal: isTerminal(stderr),
      // A window that is watched may be given another size.
      get columns() {
        return isTerminal(stdout) ? stdout.columns : 0;
      },
      get rows() {
        return isTerminal(stdout) ? stdout.rows : 0;
      },
    },
    env,
    version: VERSION,
    cwd: workingFolder(),
    pid: process.pid,
    uid: process.geteuid?.() ?? 0,
    residentBytes: () => process.memoryUsage.rss(),
    moment,
    scriptAtMs: performance.nodeTiming.bootstrapComplete,
    kill: (pid, signal) => process.kill(pid, signal),
    keepOutOfDumps,
    settleDown,
    tidyUp,
    onSignal,
    relaySignals,
    ...(process.execve === undefined ? {} : { replaceProcess }),
  });
}

function moment(): Moment {
  const { user, system } = process.cpuUsage();
  return { ms: performance.now(), cpuMs: (user + system) / 1000 };
}

/** A folder that was removed under a shell has no path; what is meant below it is then said not to be there. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    return '/proc/self/cwd';
  }
}

/** Node leaves `isTTY` out where there is no terminal, whatever its types say. */
function isTerminal(stream: { readonly isTTY?: boolean }): boolean {
  return stream.isTTY ?? false;
}

function onSignal(handler: (signal: 'stop' | 'refresh') => void): void {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // Asked a second time means now.
      if (stopping) process.exit(1);
      stopping = true;
      handler('stop');
    });
  }
  process.on('SIGHUP', () => handler('refresh'));
  // Nothing is asked for with these, and what is not handled would end a daemon.
  for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => {});
}

/** What the terminal driver sends to all of the foreground group; passed on as well, it would come twice. */
const FROM_KEYBOARD: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGWINCH']);

function relaySignals(handler: (signal: NodeJS.Signals) => void): void {
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', ...FROM_KEYBOARD] as const) {
    const isSentToAll = FROM_KEYBOARD.has(signal) && isTerminal(process.stdin);
    process.on(signal, () => {
      if (!isSentToAll) handler(signal);
    });
  }
}

function replaceProcess(
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): never {
  // Node ignores these, and what is ignored stays so across execve(2); what is caught becomes the default again.
  for (const signal of ['SIGPIPE', 'SIGXFSZ'] as const) process.on(signal, () => {});
  process.execve?.(file, args, environment);
  throw new Error('execve(2) returned');
}

/**
 * PR_SET_DUMPABLE without prctl(2), which Node does not have: the kernel takes the mark from a process that changes its
 * effective group, and does not give it back with the group (commit_creds() in kernel/cred.c; fs.suid_dumpable must not be 1).
 * Then no core is written, and ptrace(2) and /proc/PID/mem are closed to whoever lacks CAP_SYS_PTRACE (test/e2e/no-dumps.test.ts). Only root may change
 * its group. For the others, and where cores go to a program all the same, the filter leaves nothing in them (core(5)).
 */
function keepOutOfDumps(): void {
  try {
    writeFileSync('/proc/self/coredump_filter', '0');
    const group = process.getegid?.() ?? 0;
    process.setegid?.(group + 1);
    process.setegid?.(group);
  } catch {
    // A kernel without cores, a /proc that is not mounted, not root: what the unit says holds (docs/unit.md).
  }
}

function settleDown(): void {
  for (const flag of SETTLED_FLAGS) setFlagsFromString(flag);
}

/**
 * What is done when the boot is over.
 * - Whole collections, then and when the first polls have run: what they needed is garbage, and V8 would let 1.5 MiB of it lie for
 *   as long as nothing presses. After that whenever an idle process has let three quarters of a MiB pile up, and when one that was
 *   busy comes to rest: with a poll a second that is each five seconds, by default each two or three minutes. One costs some 10 ms.
 * - TurboFan runs only while the process is busy: running it at all makes 5 MiB of Node's text resident, and V8 would run it
 *   within seconds for functions of Node that an idle daemon calls. Busy is measured in processor time: what share of a core a
 *   busy process gets depends on the others. Not before, for a boot with a plan is busy for a second, and is over.
 */
function tidyUp(changes: () => ChangeCounts): void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as (options: object) => void;
  // Else no part that is loaded from now on would find its code cache made for it.
  setFlagsFromString('--no-expose-gc');
  let usedBytes = Infinity;
  const collect = (): void => {
    gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    usedBytes = getHeapStatistics().used_heap_size;
  };
  for (const afterMs of [300, 2000]) setTimeout(collect, afterMs).unref();
  whileBusy(changes, (isBusy, hasChanged) => {
    if (hasChanged) for (const flag of isBusy ? BUSY_FLAGS : IDLE_FLAGS) setFlagsFromString(flag);
    const piledUp = getHeapStatistics().used_heap_size - usedBytes;
    if (!isBusy && (hasChanged || piledUp > 0.75 * MIB)) collect();
  });
}

const MIB = 1024 * 1024;

/** Of `SETTLED_FLAGS`, what a busy process does without: with little room it would collect all the time. */
const BUSY_FLAGS = [
  '--semi-space-growth-factor=2',
  '--turbofan',
  '--no-optimize-for-size',
  '--heap-growing-percent=70',
];
const IDLE_FLAGS = [
  '--semi-space-growth-factor=1',
  '--no-turbofan',
  '--optimize-for-size',
  '--heap-growing-percent=0',
];

/**
 * Tells twice a second whether this process is busy: from when it had work for half a second of a core, beyond what an idle
 * daemon needs, until two seconds in which it needed no more than that. What goes by while something is changed is left out: where
 * changes come one after the other TurboFan would go on compiling what runs a few times in each, and 1,000 of them left 84 MiB
 * resident instead of 73.
 */
function whileBusy(changes: () => ChangeCounts, tell: (isBusy: boolean, hasChanged: boolean) => void): void {
  const sampleMs = 500;
  // A quarter of a core: an idle daemon that polls every second needs 2 to 6 hundredths of a fast one, 15 of a slow one.
  const idleMs = 0.25 * sampleMs;
  const busyMs = 400;
  let before = process.cpuUsage();
  let surplusMs = 0;
  let isBusy = false;
  let recent = [0, 0, 0, 0];
  const changing = changeWatch(changes, MOST_SPARED_MS / sampleMs);
  setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    const usedMs = (user + system) / 1000;
    if (changing()) return;
    recent = [...recent.slice(1), usedMs];
    surplusMs = Math.min(Math.max(surplusMs + usedMs - idleMs, 0), busyMs);
    const isQuiet = recent.reduce((sum, one) => sum + one) < recent.length * idleMs;
    const hasChanged = isBusy ? isQuiet : surplusMs === busyMs;
    if (hasChanged) {
      isBusy = !isBusy;
      surplusMs = 0;
    }
    tell(isBusy, hasChanged);
  }, sampleMs).unref();
}

/** So long one change is left out: its scripts may run for minutes, beside logs that come fast. */
const MOST_SPARED_MS = 10_000;

/** Tells whether a change was under way since it was asked last; of the same one `most` times in a row. */
function changeWatch(changes: () => ChangeCounts, most: number): () => boolean {
  let seen = changes();
  let spared = 0;
  return () => {
    const now = changes();
    const isSame = now.begun === seen.begun && now.ended === seen.ended;
    seen = now;
    if (isSame && now.begun === now.ended) return false;
    spared = isSame ? spared + 1 : 0;
    return spared < most;
  };
}

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { portsOf } from '../support/listening.ts';
import { LANDFALL } from './citizen.ts';
import { Payroll } from './payroll.ts';

const LANDFALL_OPS = resolve('dist/landfall-ops');
/** All; of those for real time, which are alike, the first and the last. Each that ends the process costs a start. */
const SIGNALS = [...Array.from({ length: 34 }, (_, index) => index + 1), 64];
const SIGCONT = 18;
const SIGUSR1 = 10;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'landfall-debugger-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Nothing of the caller's, and no metadata service. */
const environment = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: folder,
  AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9',
  LANDFALL_SOURCE: 's3://acme-config-{region}/payroll',
  LANDFALL_LISTEN: '',
  LANDFALL_STATE_DIR: join(folder, 'state'),
  LANDFALL_RUN_DIR: join(folder, 'run'),
  ...more,
});

interface Watched {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly exited: Promise<unknown>;
  /** All it has written. */
  said(): string;
  isGone(): boolean;
}

function start(program: string, args: readonly string[], env = environment()): Watched {
  const child = spawn(program, args, { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
  const exited = new Promise((done) => child.once('close', done));
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return { child, pid: child.pid ?? 0, exited, said: () => said, isGone };
}

/** Ready for signals: it waits for a metadata service that is not there. */
async function startDaemon(): Promise<Watched> {
  const watched = start(LANDFALL, ['run']);
  await vi.waitUntil(() => watched.said().includes('not ready'), 15_000);
  return watched;
}

async function startOps(): Promise<Watched> {
  const watched = start(LANDFALL_OPS, ['sandbox']);
  await vi.waitUntil(() => watched.said().includes('AWS_ENDPOINT_URL'), 15_000);
  return watched;
}

/** Every port it listens on within so many milliseconds, or until it ends. */
async function portsWithin(watched: Watched, milliseconds: number): Promise<ReadonlySet<number>> {
  const seen = new Set<number>();
  const end = performance.now() + milliseconds;
  while (performance.now() < end && !watched.isGone()) {
    for (const port of portsOf(watched.pid)) seen.add(port);
    // What listens stays: to look oftener costs more than the process that is watched.
    await sleep(10);
  }
  return seen;
}

async function cut(watched: Watched): Promise<void> {
  watched.child.kill('SIGKILL');
  await watched.exited;
}

function filesBelow(place: string): readonly string[] {
  const entries = readdirSync(place, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

/** Long enough for what a process at rest does about a signal; the debugger listened within 20 ms. */
const REACTION_MS = 40;

/** Sends all signals to `program`, started again when one has ended it; gives what listened that had not before. */
async function portsOpenedBySignals(begin: () => Promise<Watched>): Promise<readonly string[]> {
  const opened: string[] = [];
  let watched = await begin();
  for (const signal of SIGNALS) {
    if (watched.isGone()) watched = await begin();
    const before = portsOf(watched.pid);
    process.kill(watched.pid, signal);
    const after = await portsWithin(watched, REACTION_MS);
    for (const port of after) if (!before.includes(port)) opened.push(`${port} by signal ${signal}`);
    if (!watched.isGone()) process.kill(watched.pid, SIGCONT);
  }
  await cut(watched);
  return opened;
}

describe('a debugger is opened by no signal', { timeout: 120_000 }, () => {
  it('in the daemon', async () => {
    expect(await portsOpenedBySignals(startDaemon)).toEqual([]);
  });

  it('in landfall-ops', async () => {
    expect(await portsOpenedBySignals(startOps)).toEqual([]);
  });

  it.each([
    ['landfall', LANDFALL, ['run']],
    ['landfall-ops', LANDFALL_OPS, ['--help']],
  ])('in the first milliseconds of %s', async (_, program, args) => {
    const opened: string[] = [];
    for (let delay = 0; delay < 90; delay += 10) {
      const watched = start(program, args);
      await sleep(delay);
      if (!watched.isGone()) process.kill(watched.pid, SIGUSR1);
      for (const port of await portsWithin(watched, REACTION_MS)) opened.push(`${port} after ${delay} ms`);
      expect(watched.said()).not.toContain('Debugger');
      await cut(watched);
    }
    expect(opened).toEqual([]);
  });
});

describe('a daemon', () => {
  it.each(['SIGUSR1', 'SIGUSR2'] as const)('goes on after %s', async (signal) => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run();
    citizen.agent.signal(signal);
    await citizen.settles();
    citizen.agent.signal('SIGTERM');
    expect(await citizen.agent.exited()).toBe(0);
  });
});

describe.each([
  ['landfall', LANDFALL, 'version'],
  ['landfall-ops', LANDFALL_OPS, '--version'],
])('%s listens to nothing that is meant for Node', (_, program, version) => {
  /** What it opened and said, to its end. */
  async function run(
    args: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly ports: readonly number[]; readonly said: string; readonly code: number | null }> {
    const watched = start(program, args, environment(more));
    const ports = await portsWithin(watched, 10_000);
    await watched.exited;
    return { ports: [...ports], said: watched.said(), code: watched.child.exitCode };
  }

  it.each([
    ['NODE_OPTIONS', '--inspect=127.0.0.1:0'],
    ['NODE_OPTIONS', '--inspect-brk=127.0.0.1:0'],
    ['NODE_INSPECT_RESUME_ON_START', '1'],
    ['NODE_DEBUG', '*'],
    ['NODE_DEBUG_NATIVE', 'INSPECTOR_SERVER,SEA'],
    ['NODE_PENDING_DEPRECATION', '1'],
    ['NODE_EXTRA_CA_CERTS', '/dev/null'],
    ['NODE_TLS_REJECT_UNAUTHORIZED', '0'],
    ['NODE_CHANNEL_FD', '1'],
  ])('%s=%s', async (name, value) => {
    const { ports, said, code } = await run([version], { [name]: value });
    expect({ ports, code }).toEqual({ ports: [], code: 0 });
    expect(said).toMatch(/^\S*\s?\d+\.\d+\.\d+\n$/);
  });

  it('files that variables would have it write', async () => {
    const places = ['coverage', 'compiled', 'warnings'].map((name) => join(folder, name));
    const [NODE_V8_COVERAGE = '', NODE_COMPILE_CACHE = '', NODE_REDIRECT_WARNINGS = ''] = places;
    await run(['--help'], { NODE_V8_COVERAGE, NODE_COMPILE_CACHE, NODE_REDIRECT_WARNINGS });
    expect(existsSync(NODE_V8_COVERAGE)).toBe(false);
    expect(existsSync(NODE_REDIRECT_WARNINGS)).toBe(false);
    // Node makes folders before a line of ours runs.
    const compiled = existsSync(NODE_COMPILE_CACHE) ? filesBelow(NODE_COMPILE_CACHE) : [];
    expect(compiled).toEqual([]);
  });

  it.each([
    ['--inspect=127.0.0.1:0'],
    ['--inspect-brk=127.0.0.1:0'],
    ['--inspect-wait'],
    ['--node-options=--inspect'],
    ['--env-file=env'],
    ['--env-file-if-exists=env'],
    ['--experimental-config-file=node.config.json'],
    ['--experimental-default-config-file'],
    ['--require=./evil.cjs'],
    ['--import=./evil.cjs'],
    ['--eval=1'],
    ['--prof'],
  ])('%s', async (flag) => {
    const nodeOptions = { inspect: true, 'inspect-port': 0, import: ['./evil.cjs'], require: ['./evil.cjs'] };
    writeFileSync(join(folder, 'node.config.json'), JSON.stringify({ nodeOptions }));
    writeFileSync(join(folder, 'env'), 'NODE_OPTIONS=--inspect=127.0.0.1:0\n');
    writeFileSync(join(folder, 'evil.cjs'), 'console.log("EVIL")');
    // Behind a command it is no option of Node's in any case: two show that, each costs a start.
    const behind = /^--(?:inspect|import)=/.test(flag) ? [['lint', flag]] : [];
    for (const args of [[flag], ...behind]) {
      const { ports, said, code } = await run(args);
      expect({ ports, isRefused: code === 2 }, args.join(' ')).toEqual({ ports: [], isRefused: true });
      expect(said).toContain('LF_USAGE');
      expect(said).not.toMatch(/EVIL|Debugger/);
    }
  });
});

describe('landfall exec', () => {
  it('hands the variables of Node on to the program, which they are meant for', async () => {
    await using payroll = await Payroll.open();
    const given = {
      NODE_EXTRA_CA_CERTS: '/etc/ca.pem',
      NODE_OPTIONS: '--max-old-space-size=64',
      NODE_NAME: 'web',
    };
    const citizen = await payroll.run({ env: given });
    const { stdout } = await citizen.cli('exec', '--', '/usr/bin/env');
    for (const [name, value] of Object.entries(given)) expect(stdout).toContain(`${name}=${value}\n`);
    expect(stdout).not.toContain('SET_ASIDE');
  });

  it('leaves the options of the program to the program', async () => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run();
    const file = join(citizen.base, 'env');
    writeFileSync(file, 'LANDFALL_SOURCE=nonsense\nFROM_FILE=1\n');
    const { stdout, code } = await citizen.cli(
      'exec',
      '--',
      '/bin/sh',
      '-c',
      'env; echo $0',
      `--env-file=${file}`,
    );
    expect(code).toBe(0);
    expect(stdout).toContain(`--env-file=${file}\n`);
    expect(stdout).not.toContain('FROM_FILE');
  });
});

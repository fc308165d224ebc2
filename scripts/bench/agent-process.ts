import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, get, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BootCourse } from './boot-course.ts';

export interface AgentOptions {
  readonly binary: string;
  readonly course: BootCourse;
  /** As in `LANDFALL_INTERVAL`. */
  readonly interval: string;
  /** The only core it may run on, where `taskset` is there. */
  readonly core?: number;
  /** Settings beside those. */
  readonly env?: Readonly<Record<string, string>>;
}

/** `landfall run` on a disk it has never seen, ready; disposing stops it. */
export interface AgentProcess extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  /** Milliseconds from the start of the process until `/readyz` answered 200. */
  readonly readyMs: number;
  resident(): Resident;
  /** Processor time of the process so far. */
  cpuSeconds(): number;
  properties(): Promise<Readonly<Record<string, string>>>;
  /** A check of the source, to its end. @throws when it did not succeed. */
  refresh(): Promise<void>;
}

/** In MiB. */
export interface Resident {
  readonly all: number;
  /** Without the pages of the executable and other files, which the kernel can drop at any time. */
  readonly anonymous: number;
}

const PROBE_EVERY_MS = 2;
const GIVE_UP_MS = 30_000;

export async function bootAgent({
  binary,
  course,
  interval,
  core,
  env,
}: AgentOptions): Promise<AgentProcess> {
  const home = mkdtempSync(join(tmpdir(), 'landfall-bench-'));
  const [command = binary, ...args] = core === undefined ? [binary] : ['taskset', '-c', String(core), binary];
  const started = performance.now();
  const child = spawn(command, [...args, 'run'], {
    cwd: home,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: home,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: course.imdsUrl,
      AWS_ENDPOINT_URL: course.awsUrl,
      LANDFALL_SOURCE: `s3://${course.bucket}/${course.prefix}`,
      LANDFALL_INTERVAL: interval,
      LANDFALL_LISTEN: '127.0.0.1:0',
      LANDFALL_STATE_DIR: join(home, 'state'),
      LANDFALL_RUN_DIR: join(home, 'run'),
      LANDFALL_LOG_FORMAT: 'json',
      ...env,
    },
  });
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    // What could not be started never closes.
    child.once('error', () => resolve());
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
    rmSync(home, { recursive: true, force: true });
    forgetRegister(home);
  };
  try {
    const port = await portOf(child);
    await untilReady(child, port, started + GIVE_UP_MS);
    const readyMs = performance.now() - started;
    return {
      pid: child.pid ?? 0,
      port,
      readyMs,
      resident: () => residentOf(child.pid),
      cpuSeconds: () => cpuSecondsOf(child.pid),
      properties: () => propertiesAt(port),
      refresh: () => refreshAt(join(home, 'run', 'landfall.sock')),
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The port it chose, out of its own log: one that is picked for it beforehand may be somebody else's by then. */
function portOf(child: ChildProcessByStdio<null, null, Readable>): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      // Goes on reading for ever: a full pipe would stop the agent.
      said = (said + chunk).slice(-8192);
      const port = /"listen":"127\.0\.0\.1:(\d+)"/.exec(said)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    child.once('error', reject);
    child.once('close', (code) =>
      reject(new Error(`${child.spawnfile} run ended with ${code} before it listened:\n${said}`)),
    );
  });
}

async function untilReady(child: ChildProcess, port: number, deadline: number): Promise<void> {
  // One connection: to take a new one every two milliseconds would be a good part of what is measured.
  const connection = new Agent({ keepAlive: true, maxSockets: 1 });
  while ((await ask(port, '/readyz', connection).catch(() => undefined))?.status !== 200) {
    if (child.exitCode !== null)
      throw new Error(`${child.spawnfile} run ended with ${child.exitCode} before it was ready`);
    if (performance.now() > deadline)
      throw new Error(`${child.spawnfile} run was not ready after ${GIVE_UP_MS} ms`);
    await sleep(PROBE_EVERY_MS);
  }
  connection.destroy();
}

async function propertiesAt(port: number): Promise<Readonly<Record<string, string>>> {
  const { body } = await ask(port, '/v1/config');
  return (JSON.parse(body) as { properties: Record<string, string> }).properties;
}

function refreshAt(socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: '/v1/refresh', method: 'POST', agent: false }, (response) => {
      response.resume().once('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`refresh was answered with ${response.statusCode}`));
      });
    });
    asked.once('error', reject).end();
  });
}

function ask(
  port: number,
  path: string,
  agent: Agent | false = false,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.once('error', reject);
    }).once('error', reject);
  });
}

/**
 * What root's daemon tells those that come after it on this host, who read it until all is gone that it speaks of: the next one here is
 * to be a first boot again.
 */
export function forgetRegister(home: string): void {
  for (const register of globSync('/var/lib/landfall-registers/*.register')) {
    if (readFileSync(register, 'utf8').includes(`"${home}/`)) rmSync(register);
  }
}

/** `taskset` replaces itself with the program it starts, so the child is the agent either way. */
function residentOf(pid: number | undefined): Resident {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
  return { all: field('VmRSS'), anonymous: field('RssAnon') };
}

/** Fields 14 and 15 of proc_pid_stat(5), in ticks of a hundredth; counted from the end of the name, which may hold spaces. */
export function cpuSecondsOf(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

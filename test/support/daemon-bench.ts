import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { BootTimes } from '#agent/daemon/runtime/boot-times.ts';
import { startDaemon, type Daemon } from '#agent/daemon/daemon.ts';
import type { Host } from '#agent/daemon/runtime/host.ts';
import { loadSettings, type Settings, type SettingsInput } from '#agent/settings/settings.ts';
import type { Outcome } from '#kit/outcome.ts';
import type { InstanceOptions, SandboxInstance } from '#scripts/sandbox/imds/instance.ts';
import { startSandbox, type Sandbox } from '#scripts/sandbox/sandbox.ts';
import { loggerInto } from './configuring.ts';
import { FakeClock } from './fake-clock.ts';
import { valueOf } from './fetching.ts';
import { finish } from './patience.ts';

export const BUCKET = 'config-eu-west-1';

export interface DaemonBench {
  readonly clock: FakeClock;
  readonly sandbox: Sandbox;
  readonly instance: SandboxInstance;
  readonly log: string[];
  readonly stateDir: string;
  readonly runDir: string;
  readonly hostsFile: string;
  readonly socket: { readonly socketPath: string };
  put(path: string, text: string): void;
  /** Services that were asked, in order, without repetitions side by side. */
  asked(): string[];
  /** Lets everything run that needs no time, until a log line holds `text`. */
  logged(text: string): Promise<void>;
  start(options?: StartOptions): Promise<Outcome<Daemon>>;
  /** As `start`, for a boot that is expected to come as far as the API. */
  daemon(options?: StartOptions): Promise<Daemon>;
}

export interface StartOptions {
  readonly mode?: 'run' | 'bootstrap';
  readonly flags?: SettingsInput['flags'];
  readonly stop?: AbortSignal;
  readonly host?: Partial<Host>;
}

/** One instance in Ireland, its bucket, and daemons on it; sockets are real, time is the test's. */
export async function daemonBench(options: Partial<InstanceOptions> = {}): Promise<DaemonBench> {
  const clock = new FakeClock();
  const sandbox = await startSandbox({ clock });
  const instance = await sandbox.addInstance({
    region: 'eu-west-1',
    tags: { role: 'web', environment: 'prod' },
    ...options,
  });
  sandbox.addBucket({ name: BUCKET, region: 'eu-west-1' });
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'landfall-daemon-')));
  const stateDir = join(folder, 'state');
  const runDir = join(folder, 'run');
  const hostsFile = join(folder, 'hosts');
  const log: string[] = [];
  const running: Daemon[] = [];
  onTestFinished(async () => {
    for (const daemon of running) await daemon.close(1000);
    await sandbox.close();
    await rm(folder, { recursive: true });
  });

  const start: DaemonBench['start'] = async (given = {}) => {
    const host: Host = {
      env: { AWS_EC2_METADATA_SERVICE_ENDPOINT: instance.imdsUrl, AWS_ENDPOINT_URL: sandbox.url },
      version: '1.2.3',
      pid: process.pid,
      uid: process.geteuid?.() ?? 0,
      clock,
      random: () => 0,
      logger: loggerInto(log),
      residentBytes: () => 0,
      boot: new BootTimes(() => ({ ms: clock.monotonic(), cpuMs: clock.monotonic() }), 0),
      kill: (pid, signal) => void process.kill(pid, signal),
      ...given.host,
    };
    const settings = settingsFor({ stateDir, runDir, hostsFile, ...given.flags });
    const stop = given.stop ?? new AbortController().signal;
    const started = await finish(clock, startDaemon({ settings, host, mode: given.mode ?? 'run', stop }));
    if (started.kind === 'ok') running.push(started.value);
    return started;
  };
  return {
    clock,
    sandbox,
    instance,
    log,
    stateDir,
    runDir,
    hostsFile,
    socket: { socketPath: join(runDir, 'landfall.sock') },
    put: (path, text) => void sandbox.putObject(BUCKET, `payroll/${path}`, text),
    asked: () =>
      sandbox.requests.entries
        .map(({ service }) => service)
        .filter((service, index, all) => service !== all[index - 1]),
    logged: async (text) => {
      while (!log.some((line) => line.includes(text))) await clock.advance(0);
    },
    start,
    daemon: async (given) => valueOf(await start(given)),
  };
}

function settingsFor(flags: SettingsInput['flags']): Settings {
  const ours = { source: 's3://config-{region}/payroll', listen: '127.0.0.1:0', ...flags };
  return valueOf(loadSettings({ env: {}, configFile: undefined, flags: ours }));
}

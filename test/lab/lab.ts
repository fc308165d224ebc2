import { execFile, execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { LoggedRequest } from '#scripts/sandbox/wire/request-log.ts';

const HERE = import.meta.dirname;
const AWS = fileURLToPath(new URL('./aws.ts', import.meta.url));
const ROOTFS = join(process.env['LANDFALL_LAB'] ?? '/var/tmp/landfall-lab', 'rootfs');

/** Why no instance can be booted on this machine; undefined when one can. `LANDFALL_LAB_MAKE=1` makes the root first. */
export function whyNoLab(): string | undefined {
  if (process.getuid?.() !== 0) return 'this is not root';
  if (spawnSync('unshare', ['--mount', '--pid', '--net', '--fork', 'true']).status !== 0)
    return 'there are no namespaces';
  if (cgroupRoot() === undefined) return 'there is no cgroup2';
  const made = (): boolean => existsSync(join(ROOTFS, 'etc/cloud/cloud.cfg.d/90_lab.cfg'));
  if (!made() && process.env['LANDFALL_LAB_MAKE'] !== undefined)
    spawnSync(join(HERE, 'rootfs.sh'), { timeout: 480_000 });
  return made() ? undefined : `${ROOTFS} is missing: run test/lab/rootfs.sh once`;
}

export interface Seen {
  readonly requests: readonly LoggedRequest[];
  /** Metadata that was asked for without a token. */
  readonly violations: readonly string[];
}

/**
 * Two network namespaces with one cable and no way out: in one the sandbox is AWS, with 169.254.169.254 as its own address; in
 * the other instances boot, one at a time, from a real systemd with the real cloud-init.
 */
export class Lab {
  readonly folder = mkdtempSync(join(tmpdir(), 'landfall-lab-'));
  readonly #outside = `lf-aws-${process.pid}`;
  readonly #inside = `lf-guest-${process.pid}`;
  readonly #children: ChildProcess[] = [];
  readonly #cgroup = join(cgroupRoot() ?? '', `landfall-lab-${process.pid}`);
  #aws: ChildProcess | undefined;
  #answers: Interface | undefined;
  /** Of the sandbox, for who runs in its namespace. */
  url = '';

  async open(seed: string, regions: readonly string[]): Promise<this> {
    ip('netns', 'add', this.#outside);
    ip('netns', 'add', this.#inside);
    const guestEnd = ['name', 'eth0', 'address', '02:00:00:00:00:01', 'netns', this.#inside];
    ip('link', 'add', 'v0', 'netns', this.#outside, 'type', 'veth', 'peer', ...guestEnd);
    ip('-n', this.#outside, 'addr', 'add', '169.254.169.254/32', 'dev', 'v0');
    ip('-n', this.#outside, 'addr', 'add', '10.0.0.1/24', 'dev', 'v0');
    for (const device of ['v0', 'lo']) ip('-n', this.#outside, 'link', 'set', device, 'up');
    ip('-n', this.#inside, 'link', 'set', 'lo', 'up');
    mkdirSync(this.#cgroup);
    const dhcp = [
      '-k',
      '-i',
      'v0',
      '--bind-interfaces',
      '--port=0',
      '--dhcp-authoritative',
      '--no-ping',
      '--user=root',
    ];
    const lease = [
      '--dhcp-range=10.0.0.5,10.0.0.5,255.255.255.0,1h',
      '--dhcp-option=3,10.0.0.1',
      '--dhcp-leasefile=/dev/null',
    ];
    this.#keep(
      spawn('ip', this.outside('chroot', ROOTFS, 'dnsmasq', ...dhcp, ...lease, '--pid-file='), {
        stdio: 'ignore',
      }),
    );
    const command = this.outside(process.execPath, AWS, seed, ...regions);
    this.#aws = this.#keep(spawn('ip', command, { stdio: ['pipe', 'pipe', 'inherit'] }));
    if (!this.#aws.stdout) throw new Error('no pipe');
    this.#answers = createInterface(this.#aws.stdout);
    this.url = ((await this.#answer()) as { url: string }).url;
    return this;
  }

  /** Arguments of `ip` that run a program where AWS is. */
  outside(...command: readonly string[]): string[] {
    return ['netns', 'exec', this.#outside, ...command];
  }

  /** A new instance takes the place of the one before; its disk is booted with `boot`. */
  async launch(region: string, userData: string): Promise<string> {
    const file = join(this.folder, 'user-data');
    writeFileSync(file, userData);
    return ((await this.#tell(`be ${region} ${file}`)) as { instanceId: string }).instanceId;
  }

  /** Puts one file of the configuration into this region's bucket. */
  async publish(region: string, path: string, text: string): Promise<void> {
    const file = join(this.folder, 'published');
    writeFileSync(file, text);
    await this.#tell(`put ${region} ${path} ${file}`);
  }

  /** Everything that was asked since the last launch. */
  async seen(): Promise<Seen> {
    return (await this.#tell('seen')) as Seen;
  }

  boot(disk: string): Guest {
    mkdirSync(join(this.folder, disk), { recursive: true });
    const console = join(this.folder, `console-${disk}`);
    writeFileSync(console, '');
    const cgroup = join(this.#cgroup, `${disk}-${Date.now()}`);
    mkdirSync(cgroup);
    const env = { ...process.env, ROOTFS, DISK: join(this.folder, disk), CONSOLE: console, CGROUP: cgroup };
    const unshare = 'unshare --mount --pid --fork --kill-child --uts --ipc --cgroup';
    const start = `echo $$ >"$CGROUP/cgroup.procs"; exec ip netns exec ${this.#inside} ${unshare} ${join(HERE, 'guest.sh')}`;
    const log = openSync(join(this.folder, `systemd-${disk}`), 'a');
    const child = spawn('bash', ['-c', start], { env, stdio: ['ignore', log, log] });
    return new Guest(this.#keep(child), console, performance.now());
  }

  async close(): Promise<void> {
    for (const child of this.#children.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    for (const name of [this.#outside, this.#inside]) spawnSync('ip', ['netns', 'del', name]);
    for (let turn = 0; turn < 50 && existsSync(this.#cgroup); turn += 1) {
      spawnSync('find', [this.#cgroup, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';']);
      await sleep(50);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  #keep(child: ChildProcess): ChildProcess {
    this.#children.push(child);
    return child;
  }

  #tell(line: string): Promise<unknown> {
    this.#aws?.stdin?.write(`${line}\n`);
    return this.#answer();
  }

  async #answer(): Promise<unknown> {
    if (!this.#answers) throw new Error('the lab is not open');
    const [line] = (await once(this.#answers, 'line')) as [string];
    return JSON.parse(line);
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}

/** A booted instance. */
export class Guest {
  readonly #child: ChildProcess;
  readonly #console: string;
  readonly #startedAt: number;

  constructor(child: ChildProcess, console: string, startedAt: number) {
    this.#child = child;
    this.#console = console;
    this.#startedAt = startedAt;
  }

  get console(): string {
    return readFileSync(this.#console, 'utf8');
  }

  /** Milliseconds since the kernel would have handed over to systemd. */
  get age(): number {
    return performance.now() - this.#startedAt;
  }

  /** Runs a shell command in the instance; what it prints, whether or not it succeeds. */
  async sh(command: string): Promise<string> {
    const init = this.#init;
    if (init === undefined) return '';
    const enter = ['-t', init, '-m', '-p', '-n', '-u', '-i', '-C', 'sh', '-c', command];
    const run = promisify(execFile)('nsenter', enter, { maxBuffer: 1 << 24 });
    return run.then(
      ({ stdout }) => stdout.trim(),
      (error: { stdout?: string; stderr?: string }) => `${error.stdout ?? ''}${error.stderr ?? ''}`.trim(),
    );
  }

  /** Waits until the command prints this. @throws with what it printed instead and what the console shows. */
  async until(command: string, wanted: string, patienceMs: number): Promise<void> {
    let last = '';
    const end = performance.now() + patienceMs;
    while (performance.now() < end && this.#child.exitCode === null) {
      last = await this.sh(command);
      if (last === wanted) return;
      await sleep(100);
    }
    const more = await this.sh(
      'tail -n 40 /var/log/cloud-init-output.log; journalctl -u landfall -n 40 --no-pager',
    );
    throw new Error(`${command}: ${last}, not ${wanted}\n${more}\nconsole:\n${this.console.slice(-4000)}`);
  }

  async powerOff(): Promise<void> {
    const gone = once(this.#child, 'exit');
    await this.sh('systemctl poweroff');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 20_000);
    await gone;
    clearTimeout(late);
  }

  /** The process that is 1 inside; undefined until it is there. */
  get #init(): string | undefined {
    const children = spawnSync('pgrep', ['-P', String(this.#child.pid)], { encoding: 'utf8' }).stdout.trim();
    return children === '' ? undefined : children.split('\n')[0];
  }
}

/** Where cgroup2 is mounted, on its own or beside the first version. */
function cgroupRoot(): string | undefined {
  const line = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .find((mount) => mount.split(' ')[2] === 'cgroup2');
  return line?.split(' ')[1];
}

import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Whether this machine can play an instance: root, and a mount namespace of our own. */
export const CAN_PLAY = canPlay();

if (!CAN_PLAY) {
  console.warn('\n*** no root or no mount namespaces: user data is NOT run on this machine ***\n');
}

function canPlay(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'sh', '-c', 'mount -t tmpfs none /mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const SYSTEMCTL = `#!/bin/sh
echo "$*" >>/usr/local/log/systemctl
case "$1" in is-active) cat /usr/local/log/active 2>/dev/null || { echo inactive; exit 3; } ;; esac
`;
const LOGGER = `#!/bin/sh
echo "$*" >>/usr/local/log/journal
`;
const SLEEP = `#!/bin/sh
echo "$1" >>/usr/local/log/sleeps
`;

/**
 * An instance as far as a script can tell: /etc and /usr/local are its own, over those of this machine, the console is a
 * file, and systemctl, logger and sleep only note what they were asked. What it writes stays when the script has ended.
 */
export class Machine {
  readonly #root = mkdtempSync(path.join(os.tmpdir(), 'landfall-userdata-'));
  readonly #shell: readonly string[];

  constructor(shell: readonly string[]) {
    this.#shell = shell;
    for (const folder of ['etc', 'etc-work', 'local', 'local-work', 'local/log', 'local/sbin', 'local/bin']) {
      mkdirSync(path.join(this.#root, folder));
    }
    writeFileSync(path.join(this.#root, 'console'), '');
    this.addProgram('systemctl', SYSTEMCTL);
    this.addProgram('logger', LOGGER);
    this.addProgram('sleep', SLEEP);
  }

  /** Found before all others of that name. */
  addProgram(name: string, script: string): void {
    const file = path.join(this.#root, 'local/sbin', name);
    writeFileSync(file, script);
    chmodSync(file, 0o755);
  }

  /** Takes all these programs from busybox. */
  useBusybox(names: readonly string[]): void {
    for (const name of names) symlinkSync('/bin/busybox', path.join(this.#root, 'local/sbin', name));
  }

  async run(userData: string): Promise<Ran> {
    const script = path.join(this.#root, 'user-data');
    writeFileSync(script, userData);
    const mounts = [
      'set -e',
      `mount -t overlay overlay -o lowerdir=/etc,upperdir=${this.#root}/etc,workdir=${this.#root}/etc-work /etc`,
      `mount -t overlay overlay -o lowerdir=/usr/local,upperdir=${this.#root}/local,workdir=${this.#root}/local-work /usr/local`,
      `[ -e /dev/console ] && mount --bind ${this.#root}/console /dev/console`,
      `exec "$@"`,
    ].join('\n');
    const child = spawn('unshare', ['--mount', 'sh', '-c', mounts, 'sh', ...this.#shell, script], {
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    child.stderr.on('data', (chunk) => (err += chunk));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, out, err };
  }

  /** A file of the instance below /etc or /usr/local; undefined when it is not there. */
  read(file: string): string | undefined {
    const place = this.#placeOf(file);
    return existsSync(place) ? readFileSync(place, 'utf8') : undefined;
  }

  write(file: string, text: string): void {
    mkdirSync(path.dirname(this.#placeOf(file)), { recursive: true });
    writeFileSync(this.#placeOf(file), text);
  }

  makeExecutable(file: string): void {
    chmodSync(this.#placeOf(file), 0o755);
  }

  get console(): string {
    return readFileSync(path.join(this.#root, 'console'), 'utf8');
  }

  log(name: 'systemctl' | 'journal' | 'sleeps' | 'curl' | 'hosts'): readonly string[] {
    return (this.read(`/usr/local/log/${name}`) ?? '').split('\n').filter(Boolean);
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  #placeOf(file: string): string {
    return path.join(this.#root, file.replace(/^\/usr\//, '/'));
  }
}

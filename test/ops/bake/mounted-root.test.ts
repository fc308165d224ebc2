import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPatience } from '#scripts/ops/across/patience.ts';
import { mountedRoot } from '#scripts/ops/bake/mounted-root.ts';
import { systemClock } from '#kit/clock.ts';
import { loopDevice, UNLOOPABLE } from '../../support/loop-device.ts';
import { volumeHost, type VolumeHost } from '../../support/volume-host.ts';
import { makeSmallRoot } from './small-root.ts';

const VOLUME = 'vol-0123456789abcdef0';
const MIB = 2 ** 20;
const DISK_BYTES = 320 * MIB;
const START = MIB;

const hasXfs = hasTool('mkfs.xfs');
if (!hasXfs) console.warn('\n*** no XFS is mounted for real: there is no mkfs.xfs ***\n');

function hasTool(tool: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${tool}`]);
    return true;
  } catch {
    return false;
  }
}

type FileSystem = 'ext4' | 'xfs';

/** A volume with a root on it, as this machine's kernel would show it once it is attached. */
function attachedVolume(type: FileSystem, isPartitioned: boolean): VolumeHost {
  const host = volumeHost();
  const disk = join(host.folder, 'disk');
  writeFileSync(disk, '');
  truncateSync(disk, DISK_BYTES);
  if (isPartitioned) writeFileSync(disk, masterBootRecord(), { flag: 'r+' });
  const whole = loopDevice(disk);
  const part = isPartitioned ? loopDevice(disk, START) : whole;
  const quiet = type === 'ext4' ? ['-q', '-F'] : ['-q', '-f'];
  execFileSync(`mkfs.${type}`, [...quiet, part.target]);
  const at = join(host.folder, 'make');
  mkdirSync(at);
  execFileSync('mount', [part.target, at]);
  makeSmallRoot(at);
  execFileSync('umount', [at]);
  const node = host.addDevice(VOLUME, whole);
  if (isPartitioned) {
    mkdirSync(join(host.roots.sys, 'block/nvme1n1/nvme1n1p1'));
    symlinkSync(part.target, `${node}p1`);
  }
  return host;
}

/** One Linux partition from 1 MiB on. */
function masterBootRecord(): Buffer {
  const record = Buffer.alloc(512);
  record.writeUInt8(0x83, 446 + 4);
  record.writeUInt32LE(START / 512, 446 + 8);
  record.writeUInt32LE((DISK_BYTES - START) / 512, 446 + 12);
  record.writeUInt16LE(0xaa55, 510);
  return record;
}

interface Ground {
  readonly said: string[];
  readonly host: VolumeHost;
  /** Mounts, runs the script inside and unmounts; what it said, and why it failed. */
  readonly bake: (script: string) => Promise<string | undefined>;
  readonly open: (script: string) => ReturnType<ReturnType<typeof mountedRoot>['open']>;
  readonly keeper: (script: string) => ReturnType<typeof mountedRoot>;
  readonly patience: ReturnType<typeof createPatience>;
  readonly stop: AbortController;
  readonly mountPoint: string;
  /** Looks at the disk once nobody has it mounted. */
  readonly read: (path: string) => string | undefined;
}

function ground(type: FileSystem, isPartitioned = false): Ground {
  const host = attachedVolume(type, isPartitioned);
  const said: string[] = [];
  const mountPoint = join(host.folder, 'state', 'a b');
  onTestFinished(() => void execFileSync('sh', ['-c', 'umount -qRl "$1" || true', 'sh', mountPoint]));
  const stop = new AbortController();
  const patience = createPatience({
    pollMs: 50,
    timeoutMs: 60_000,
    clock: systemClock,
    random: Math.random,
    stop: stop.signal,
  });
  onTestFinished(() => patience.end());
  const beside = join(host.folder, 'beside');
  mkdirSync(beside);
  writeFileSync(join(beside, 'asset'), 'from beside');
  const keeper = (script: string): ReturnType<typeof mountedRoot> => {
    const path = join(beside, 'provision.sh');
    writeFileSync(path, script);
    const env = { AWS_SECRET_ACCESS_KEY: 'not for images', https_proxy: 'http://proxy.example' };
    return mountedRoot({
      provision: { path, content: Buffer.from(script) },
      mountPoint,
      context: { env, err: (text) => void said.push(text), clock: systemClock },
      say: (line) => void said.push(`${line}\n`),
      roots: { ...host.roots, proc: '/proc' },
    });
  };
  const open: Ground['open'] = (script) =>
    keeper(script).open({ id: VOLUME, device: '/dev/sdf' }, () => Promise.resolve(), patience);
  return {
    said,
    host,
    keeper,
    open,
    patience,
    stop,
    mountPoint,
    bake: async (script) => {
      const root = await open(script);
      try {
        return await root.provision(patience);
      } finally {
        await root.close();
      }
    },
    read: (path) => {
      const at = join(host.folder, 'make');
      execFileSync('mount', [join(host.roots.dev, isPartitioned ? 'nvme1n1p1' : 'nvme1n1'), at]);
      try {
        return readFileSync(join(at, path), 'utf8');
      } catch {
        return undefined;
      } finally {
        execFileSync('umount', [at]);
      }
    },
  };
}

function mountsBelow(folder: string): readonly string[] {
  const table = readFileSync('/proc/self/mountinfo', 'utf8').replaceAll('\\040', ' ');
  return table.split('\n').filter((line) => line.includes(folder));
}

describe.skipIf(UNLOOPABLE !== undefined)('the root of a volume, for real', () => {
  it.each<[FileSystem, boolean]>([
    ['ext4', !hasXfs],
    ...(hasXfs ? [['xfs', true] satisfies [FileSystem, boolean]] : []),
  ])('of %s, partitioned %s, is provisioned in a chroot and let go of', async (type, isPartitioned) => {
    const { bake, said, read, host } = ground(type, isPartitioned);
    const why = await bake(
      '#!/bin/sh -e\n' +
        'cat /run/systemd/resolve/stub-resolv.conf > /names\n' +
        'cat "${0%/*}/asset" > /asset\n' +
        '/usr/sbin/policy-rc.d || echo "policy $?" > /policy\n' +
        'echo "$LANDFALL_ROOT $https_proxy ${AWS_SECRET_ACCESS_KEY:-none}" > /env\n' +
        '[ -d /proc/self ] && [ -c /dev/null ] && [ -d /sys/kernel ] && echo alive > /kernel\n',
    );
    expect([why, said.join('')]).toEqual([undefined, '']);
    expect(mountsBelow(host.folder)).toEqual([]);
    expect(read('names')).toBe(readFileSync('/etc/resolv.conf', 'utf8'));
    expect(read('asset')).toBe('from beside');
    expect(read('policy')).toBe('policy 101\n');
    expect(read('env')).toBe('/ http://proxy.example none\n');
    expect(read('kernel')).toBe('alive\n');
    // Nothing of what it took to run there is on the image.
    expect(read('usr/sbin/policy-rc.d')).toBeUndefined();
    expect(read('run/landfall-bake/policy-rc.d')).toBeUndefined();
  });

  it('ends what was left running inside, and says so', async () => {
    const { bake, said, host } = ground('ext4');
    const why = await bake('setsid sleep 3600 >/dev/null 2>&1 &\nsleep 3601 &\nsleep 0.2\n');
    expect(why).toBeUndefined();
    expect(said.join('')).toMatch(/end what was left running: sleep sleep/);
    expect(mountsBelow(host.folder)).toEqual([]);
    expect(execFileSync('sh', ['-c', 'pgrep -f "sleep 360[01]" || true'], { encoding: 'utf8' })).toBe('');
  });

  it('says with what the script ended, and unmounts', async () => {
    const { bake, host } = ground('ext4');
    expect(await bake('exit 3\n')).toBe('it ended with 3');
    expect(mountsBelow(host.folder)).toEqual([]);
  });

  it('ends the script when the command is stopped', async () => {
    const { open, patience, stop, host } = ground('ext4');
    const root = await open('sleep 3600\n');
    const running = root.provision(patience);
    await sleep(300);
    stop.abort();
    expect(await running).toBeDefined();
    await root.close();
    expect(mountsBelow(host.folder)).toEqual([]);
  });

  it('is let go of lazily, and says so, when somebody else has a file of it open', async () => {
    const { open, said, host, mountPoint } = ground('ext4');
    const root = await open('exit 0\n');
    const holder = spawn('sleep', ['60'], { cwd: join(mountPoint, 'etc'), stdio: 'ignore' });
    onTestFinished(() => void holder.kill('SIGKILL'));
    await root.close();
    expect(said.join('')).toContain(`is still in use by sleep (${holder.pid})`);
    expect(said.join('')).toContain('unmounted lazily');
    expect(mountsBelow(host.folder)).toEqual([]);
  });

  it('is left after a run that was killed, with what still runs in it', async () => {
    const { open, keeper, said, mountPoint, host } = ground('ext4');
    await open('exit 0\n');
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(mountPoint, 'tmp')]);
    const inside = spawn('chroot', [mountPoint, 'sleep', '3600'], { stdio: 'ignore' });
    await sleep(200);
    await keeper('exit 0\n').leave(mountPoint);
    expect(said.join('')).toContain(`end sleep (${inside.pid})`);
    expect(mountsBelow(host.folder)).toEqual([]);
  });

  it('mounts nothing over a folder of this machine to which a link of the image leads', async () => {
    const { open, host, said } = ground('ext4');
    const [at, victim] = [join(host.folder, 'make'), join(host.folder, 'victim')];
    mkdirSync(victim);
    const device = join(host.roots.dev, 'nvme1n1');
    const uuid = execFileSync('sh', ['-c', 'blkid -p -o value -s UUID "$1"', 'sh', device], {
      encoding: 'utf8',
    }).trim();
    execFileSync('mount', [device, at]);
    execFileSync('rm', ['-rf', join(at, 'boot')]);
    symlinkSync(victim, join(at, 'boot'));
    writeFileSync(join(at, 'etc/fstab'), `UUID=${uuid} /boot ext4 defaults 0 2\n`);
    execFileSync('umount', [at]);
    const root = await open('exit 0\n');
    expect(mountsBelow(victim)).toEqual([]);
    await root.close();
    expect(said.join('')).toContain('warning: /boot of the image is not mounted');
    expect(mountsBelow(host.folder)).toEqual([]);
  });

  it('is refused when no root is on it', async () => {
    const { open, host, mountPoint } = ground('ext4');
    const at = join(host.folder, 'make');
    execFileSync('mount', [join(host.roots.dev, 'nvme1n1'), at]);
    execFileSync('rm', ['-rf', join(at, 'etc')]);
    execFileSync('umount', [at]);
    await expect(open('exit 0\n')).rejects.toThrow('no root is on it');
    expect(mountsBelow(mountPoint)).toEqual([]);
  });
});

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { loopDevice, UNLOOPABLE } from '../support/loop-device.ts';
import { DEVICE_BYTES } from '../support/volume-host.ts';
import { STAGES, type AwsStage } from './aws-stage.ts';
import type { Citizen } from './citizen.ts';
import { Disk, inhabit, renew } from './relocation-disk.ts';
import { bucketOf, NEW, OLD, type HomeRegion } from './relocation-payroll.ts';

vi.setConfig({ testTimeout: 60_000 });

/**
 * A mount namespace of the agent's own, in which this machine has an NVMe device with the serial number of the volume: the
 * kernel's view of it is laid over `/sys/block` and `/dev`, the device is a loop device, mount and file system are real.
 * What systemd would mount, mount(8) does.
 */
const NAMESPACE = [
  'unshare',
  '--mount',
  '--propagation',
  'private',
  'sh',
  '-ec',
  `serial=$1 number=$2 sectors=$3; shift 3
   mount -t tmpfs tmpfs /sys/block
   mkdir -p /sys/block/nvme9n1/device
   echo "$serial" >/sys/block/nvme9n1/device/serial
   echo "$number" >/sys/block/nvme9n1/dev
   echo "$sectors" >/sys/block/nvme9n1/size
   mount -t tmpfs tmpfs /dev
   mknod -m 666 /dev/null c 1 3; mknod -m 666 /dev/zero c 1 5; mknod -m 666 /dev/urandom c 1 9
   mknod /dev/nvme9n1 b \${number%:*} \${number#*:}
   if [ -d /run/systemd/system ]; then mount -t tmpfs tmpfs /run/systemd; fi
   exec "$@"`,
  'sh',
] as const;

const mountOf = (disk: Disk): string => join(disk.base, 'srv/volume');
const seenBy = (disk: Disk): string => join(disk.base, 'seen');

/** A plan that claims the volume, puts files on it, and says what it found there before it did. */
function putPlan(stage: AwsStage, region: HomeRegion, disk: Disk): void {
  const mount = mountOf(disk);
  const objects = {
    'payroll/base/a.properties': `h=db.${region}.rds.amazonaws.com\n`,
    'payroll/base/templates/t': '{{ h }}\n',
    'payroll/base/scripts/look.sh': `cd ${mount} && find . -type f | sort >${seenBy(disk)} && mkdir -p owned && echo {} >owned/${region}\n`,
    'payroll/base/plan.yaml': [
      `claims: { volumes: { data: { tag: "service=payroll", mount: ${mount}, makeFilesystem: ext4, timeout: 20s } } }`,
      `templates: { t: { source: templates/t, target: ${mount}/conf.d/${region}.conf } }`,
      `scripts: { look: { run: scripts/look.sh, owns: [${mount}/owned] } }`,
    ].join('\n'),
  };
  for (const [key, body] of Object.entries(objects)) stage.sandbox.putObject(bucketOf(region), key, body);
}

/** An instance of `region` with a volume of that region, whose blocks are those of `device`. */
async function boot(stage: AwsStage, region: HomeRegion, disk: Disk, number: string): Promise<Citizen> {
  putPlan(stage, region, disk);
  const tags = { service: 'payroll' };
  const volumeId = stage.sandbox.volumes.create({ region, zone: `${region}a`, tags });
  const serial = volumeId.replace('-', '');
  const wrapper = [...NAMESPACE, serial, number, String(DEVICE_BYTES / 512)];
  const inhabitant = await inhabit(disk, stage, region, { wrapper });
  onTestFinished(() => inhabitant[Symbol.asyncDispose]());
  return await inhabitant.citizen.ready(30_000);
}

it.skipIf(UNLOOPABLE !== undefined)(
  'a volume that an instance claims and mounts itself is fenced before anything of its plan reads it',
  async () => {
    const [sandboxed] = STAGES;
    if (!sandboxed) throw new Error('there is no stage');
    const stage = await sandboxed.open();
    onTestFinished(() => stage.close());
    await renew(stage);
    const disk = new Disk();
    onTestFinished(() => disk[Symbol.dispose]());
    const file = join(disk.base, 'blocks');
    writeFileSync(file, '');
    truncateSync(file, DEVICE_BYTES);
    const { number } = loopDevice(file);

    const old = await boot(stage, OLD, disk, number);
    const inOld = `/proc/${old.agent.pid}/root${mountOf(disk)}`;
    expect(readFileSync(join(inOld, `conf.d/${OLD}.conf`), 'utf8')).toContain(OLD);
    expect(readdirSync(join(inOld, '.landfall-registers'))).toHaveLength(1);
    writeFileSync(join(inOld, 'mine'), 'of the operator');
    await old.agent.stop();
    execFileSync('sync');

    // A copy in another region, claimed by an instance that knows nothing of the first one: only the volume tells.
    rmSync(join(disk.base, 'state'), { recursive: true });
    const fresh = await boot(stage, NEW, disk, number);
    const inNew = `/proc/${fresh.agent.pid}/root${mountOf(disk)}`;
    expect(readFileSync(seenBy(disk), 'utf8').split('\n')).toEqual(expect.arrayContaining(['./mine']));
    expect(readFileSync(seenBy(disk), 'utf8')).not.toContain(OLD);
    expect(existsSync(join(inNew, `conf.d/${OLD}.conf`))).toBe(false);
    expect(readdirSync(join(inNew, 'owned'))).toEqual([NEW]);
    expect(readFileSync(join(inNew, `conf.d/${NEW}.conf`), 'utf8')).toContain(NEW);
    expect(readFileSync(join(inNew, 'mine'), 'utf8')).toBe('of the operator');
    const { text } = await fresh.ask('/v1/status');
    expect(text).toContain(`"relocated":true`);
    expect(text).toContain(`conf.d/`);
  },
);

import { describe, expect, it } from 'vitest';
import {
  chooseDevices,
  chooseInterfaces,
  mountsNotThere,
  mountsToProbe,
} from '#agent/metrics/host/selection.ts';
import { createSpaceProbe } from '#agent/metrics/host/space-probe.ts';
import { FakeClock } from '../support/fake-clock.ts';

const FILTERS = { mounts: [], holders: false, exclude: [], devices: [], interfaces: [] };
const mount = (device: string, path: string, type: string) => ({ device, path, type });
const ROOT = mount('/dev/nvme0n1p1', '/', 'xfs');
const NFS = mount('fs-1:/', '/efs', 'nfs4');
const SPACE = { bsize: 1, blocks: 10, bfree: 5, bavail: 4, files: 0, ffree: 0 };
const never = new Promise<never>(() => {});

describe('case 76: mounts to ask', () => {
  it('are those of local disks, once a device', () => {
    const mounts = [
      ROOT,
      mount('/dev/nvme0n1p1', '/var/lib/docker', 'xfs'),
      mount('tmpfs', '/run', 'tmpfs'),
      mount('overlay', '/var/lib/docker/overlay2/x/merged', 'overlay'),
      mount('/dev/nvme1n1', '/srv/data', 'ext4'),
      NFS,
      mount('s3', '/bucket', 'fuse.mount-s3'),
    ];
    expect(mountsToProbe(mounts, FILTERS).map(({ path }) => path)).toEqual(['/', '/srv/data']);
    expect(mountsToProbe(mounts, { ...FILTERS, exclude: ['/srv/**'] }).map(({ path }) => path)).toEqual([
      '/',
    ]);
  });

  it('are remote ones only by name, and nothing below them', () => {
    const mounts = [ROOT, NFS, mount('/dev/sdz', '/efs/inner', 'ext4')];
    expect(mountsToProbe(mounts, { ...FILTERS, mounts: ['/', '/efs', '/efs/inner'] })).toEqual([ROOT, NFS]);
  });
});

it('with holders a path stands for the mount it lies on, as df has it: --disk-path of the old scripts', () => {
  const mounts = [ROOT, mount('/dev/nvme1n1', '/srv', 'ext4'), mount('/dev/nvme2n1', '/srv/data', 'ext4')];
  const asked = (...paths: readonly string[]) =>
    mountsToProbe(mounts, { ...FILTERS, holders: true, mounts: paths }).map(({ path }) => path);
  expect(asked('/home')).toEqual(['/']);
  expect(asked('/srv/data/payroll/', '/srv/database')).toEqual(['/srv', '/srv/data']);
  expect(asked('/', '/srv')).toEqual(['/', '/srv']);
  expect(mountsToProbe(mounts, { ...FILTERS, mounts: ['/home'] })).toEqual([]);
});

describe('case 76: a hung file system', () => {
  it('is left out after its time and not asked again until it answers, and the others are told', async () => {
    const clock = new FakeClock();
    const asked: string[] = [];
    const answers = new Map<string, Promise<typeof SPACE>>([['/efs', never]]);
    const probe = createSpaceProbe(clock, '/', (path) => {
      asked.push(path);
      return answers.get(path) ?? Promise.resolve(SPACE);
    });
    const first = probe.measure([NFS, ROOT]);
    await clock.advance(2_000);
    expect((await first).map(({ mount: { path } }) => path)).toEqual(['/']);
    expect(probe.hanging).toEqual(['/efs']);
    expect((await probe.measure([NFS, ROOT])).map(({ mount: { path } }) => path)).toEqual(['/']);
    expect(asked).toEqual(['/efs', '/', '/']);
  });

  it('that answers late is asked again', async () => {
    const clock = new FakeClock();
    const { promise: slow, resolve: answer } = Promise.withResolvers<typeof SPACE>();
    const probe = createSpaceProbe(clock, '/', () => slow);
    const first = probe.measure([NFS]);
    await clock.advance(2_000);
    expect(await first).toEqual([]);
    answer(SPACE);
    await clock.advance(0);
    expect(probe.hanging).toEqual([]);
    expect(await probe.measure([NFS])).toHaveLength(1);
  });

  it('never costs more than two threads', async () => {
    const clock = new FakeClock();
    let asked = 0;
    const probe = createSpaceProbe(clock, '/', () => {
      asked += 1;
      return never;
    });
    const mounts = Array.from({ length: 9 }, (_, at) => mount(`fs-${at}`, `/efs${at}`, 'nfs4'));
    for (let round = 0; round < 3; round += 1) {
      const measured = probe.measure(mounts);
      await clock.advance(10_000);
      expect(await measured).toEqual([]);
    }
    expect(asked).toBe(2);
  });

  it('that was unmounted is an empty place, not a failure', async () => {
    const probe = createSpaceProbe(new FakeClock(), '/', () => Promise.reject(new Error('ENOENT')));
    expect(await probe.measure([ROOT])).toEqual([]);
    expect(await probe.measure([])).toEqual([]);
  });
});

function named(...names: readonly string[]) {
  return names.map((name) => ({ name }));
}

it('interfaces of containers and partitions are left out unless they are named', () => {
  expect(chooseInterfaces(named('lo', 'ens5', 'veth12', 'docker0'), [])).toEqual(named('ens5'));
  expect(chooseInterfaces(named('lo', 'ens5', 'veth12'), ['veth*'])).toEqual(named('veth12'));
  const whole = new Set(['nvme0n1', 'loop0']);
  expect(chooseDevices(named('nvme0n1', 'nvme0n1p1', 'loop0'), [], whole)).toEqual(named('nvme0n1'));
});

it.each([false, true])(
  'a wildcard stands for the mounts it matches, and what is not there is named; holders: %s',
  (holders) => {
    const mounts = [
      ROOT,
      mount('tmpfs', '/data', 'tmpfs'),
      mount('tmpfs', '/data/1', 'tmpfs'),
      mount('tmpfs', '/data/2', 'tmpfs'),
    ];
    const filters = { ...FILTERS, holders, mounts: ['/data/*', '/gone/*', '/nowhere'] };
    const asked = mountsToProbe(mounts, filters).map(({ path }) => path);
    expect(asked).toEqual(holders ? ['/', '/data/1', '/data/2'] : ['/data/1', '/data/2']);
    expect(mountsNotThere(mounts, filters)).toEqual(holders ? ['/gone/*'] : ['/gone/*', '/nowhere']);
    expect(mountsToProbe(mounts, { ...filters, mounts: ['/gone/*'] })).toEqual([]);
  },
);

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Payroll } from './payroll.ts';

const MEMORY = ['MemoryAvailable', 'MemoryUsed', 'MemoryUtilization'];
const SWAP = ['SwapUsed', 'SwapUtilization'];
const DISK = ['DiskSpaceAvailable', 'DiskSpaceUsed', 'DiskSpaceUtilization'];

it('profile classic is what mon-put-instance-data.pl sent with all its options, and nothing besides', async () => {
  const group = 'aws:autoscaling:groupName';
  await using payroll = await Payroll.open({
    instance: { tags: { role: 'web', environment: 'prod', [group]: 'web-asg' } },
    files: {
      'base/app.properties': 'a=1\n',
      'base/plan.yaml':
        'metrics: { profile: classic, interval: 1s, aggregated: true, autoScaling: true, disk: { mounts: [/root] } }\n',
    },
  });
  await payroll.run();
  const data = () => payroll.sandbox.metrics.data;
  for (const end = performance.now() + 15_000; data().length < 80;) {
    if (performance.now() > end) throw new Error(`only ${data().length} data came`);
    await sleep(25);
  }
  const { instanceId, instanceType, imageId } = payroll.instance;
  const units = new Map(data().map(({ name, unit }) => [name, unit]));
  expect(Object.fromEntries(units)).toEqual({
    MemoryUtilization: 'Percent',
    MemoryUsed: 'Megabytes',
    MemoryAvailable: 'Megabytes',
    SwapUtilization: 'Percent',
    SwapUsed: 'Megabytes',
    DiskSpaceUtilization: 'Percent',
    DiskSpaceUsed: 'Gigabytes',
    DiskSpaceAvailable: 'Gigabytes',
  });
  expect(new Set(data().map(({ namespace }) => namespace))).toEqual(new Set(['System/Linux']));

  const sets = (name: string): readonly string[] => {
    const texts = data().flatMap((datum) =>
      datum.name === name ? JSON.stringify(sorted(datum.dimensions)) : [],
    );
    return [...new Set(texts)].toSorted((a, b) => (a < b ? -1 : 1));
  };
  const levels = [
    { InstanceId: instanceId },
    { AutoScalingGroupName: 'web-asg' },
    { InstanceType: instanceType },
    { ImageId: imageId },
    {},
  ];
  const expected = (more: object) =>
    levels.map((level) => JSON.stringify(sorted({ ...level, ...more }))).toSorted((a, b) => (a < b ? -1 : 1));
  for (const name of [...MEMORY, ...SWAP]) expect(sets(name), name).toEqual(expected({}));
  const disk = data().find(({ name }) => name === 'DiskSpaceUsed')?.dimensions ?? {};
  const { Filesystem, MountPath } = disk;
  // The path lies on some mount, as `df /root` would say.
  expect([Filesystem, MountPath]).not.toContain(undefined);
  for (const name of DISK) expect(sets(name), name).toEqual(expected({ Filesystem, MountPath }));
});

function sorted(map: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

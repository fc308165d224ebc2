import { expect, it } from 'vitest';
import { fakeCloudWatch } from './fake-cloudwatch.ts';
import { pipelineBench } from './pipeline-bench.ts';

const SPACE = { bsize: 1024, blocks: 1000, bfree: 400, bavail: 300, files: 100, ffree: 75 };
const ROOT = '/dev/nvme0n1p1 / xfs rw 0 0\n';
const DATA = '/dev/nvme1n1 /srv/data ext4 rw 0 0\n';
const EFS = 'fs-1.efs.eu-west-1.amazonaws.com:/ /efs nfs4 rw 0 0\n';

/** Mount points by the time they were told for, of what CloudWatch took. */
function pathsByTime(cloudwatch: ReturnType<typeof fakeCloudWatch>): readonly (readonly string[])[] {
  const byTime = new Map<number, string[]>();
  for (const { MetricName, Timestamp, Dimensions } of cloudwatch.accepted) {
    if (MetricName !== 'DiskAvailable') continue;
    const path = Dimensions.find(({ Name }) => Name === 'Path')?.Value ?? '';
    byTime.set(Timestamp, [...(byTime.get(Timestamp) ?? []), path]);
  }
  return [...byTime]
    .toSorted(([a], [b]) => a - b)
    .map(([, paths]) => paths.toSorted((a, b) => (a < b ? -1 : 1)));
}

it('case 76: a disk that is mounted is told from then on, and no more once it is unmounted', async () => {
  const cloudwatch = fakeCloudWatch();
  const { pipeline, configure, pass, write } = await pipelineBench({ aws: cloudwatch.aws });
  await configure({ collect: ['disk'], own: false });
  await pass(60_000);
  await write({ 'proc/self/mounts': ROOT + DATA });
  await pass(60_000);
  await write({ 'proc/self/mounts': ROOT });
  await pass(60_000);
  await pipeline.drain(1_000);
  expect(pathsByTime(cloudwatch)).toEqual([['/'], ['/'], ['/', '/srv/data'], ['/']]);
});

it('case 76: an NFS server that never answers holds nothing up, and is told again when it does', async () => {
  const cloudwatch = fakeCloudWatch();
  const { promise: answer, resolve } = Promise.withResolvers<typeof SPACE>();
  let isHanging = true;
  let asked = 0;
  const { pipeline, configure, clock, write, sampled } = await pipelineBench({
    aws: cloudwatch.aws,
    statFs: (path) => {
      if (!path.endsWith('/efs')) return Promise.resolve(SPACE);
      asked += 1;
      return isHanging ? answer : Promise.resolve(SPACE);
    },
  });
  await write({ 'proc/self/mounts': ROOT + EFS });
  await configure({ collect: ['disk', 'load'], disk: { mounts: ['/', '/efs'] }, own: false });
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await clock.advance(500);
  };
  const times = () => cloudwatch.accepted.filter(({ MetricName }) => MetricName === 'Load1').length;
  await until(() => times() === 5);
  expect(pipeline.status()).toMatchObject({ hangingMounts: ['/efs'] });
  expect(asked).toBe(1);
  isHanging = false;
  resolve(SPACE);
  const told = times();
  await until(() => times() === told + 3);
  await sampled();
  expect(pipeline.status()).toMatchObject({ hangingMounts: [] });
  await pipeline.drain(1_000);
  const paths = pathsByTime(cloudwatch);
  expect(paths.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => ['/']));
  expect(paths.at(-1)).toEqual(['/', '/efs']);
});

import { EC2Client } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '#kit/clock.ts';
import { createPatience } from '#scripts/ops/across/patience.ts';
import { createCaller } from '#scripts/ops/sync/calls.ts';
import { createImages } from '#scripts/ops/sync/ec2-images.ts';
import { createSnapshots } from '#scripts/ops/sync/ec2-snapshots.ts';
import { createSurvey } from '#scripts/ops/sync/survey.ts';
import { startSandbox, type Sandbox } from '#scripts/sandbox/sandbox.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const REGION = 'eu-west-1';
const FRIEND = '111122223333';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox.close());

function site(isPlan = false) {
  const clock = new FakeClock();
  const client = new EC2Client({
    region: REGION,
    endpoint: sandbox.url,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' },
    maxAttempts: 1,
  });
  const patience = createPatience({
    pollMs: 1,
    timeoutMs: 60_000,
    clock: systemClock,
    random: () => 0,
    stop: new AbortController().signal,
  });
  patience.end();
  const caller = createCaller('EC2', REGION, patience, 'a test');
  const images = createImages(client, caller);
  const snapshots = createSnapshots(client, caller);
  return { clock, images, snapshots, survey: createSurvey({ images, snapshots, clock, isPlan }) };
}

function copyOf(source: string, job: string): string {
  const tags = { 'Sync-From-us-east-1': `20261101061000+0000 / ${source}`, 'Sync-Job': job };
  return sandbox.images.add({ region: REGION, name: job, tags, sharedWith: [FRIEND] });
}

const asked = (operation: string) =>
  sandbox.requests.entries.filter((request) => request.operation === operation).length;

it('lists a region once for all who ask in the same moment, by source, job and id', async () => {
  const copy = copyOf('ami-1', 'sync_a');
  sandbox.images.add({ region: REGION, name: 'no copy' });
  const { survey } = site();

  const [first, second] = await Promise.all([survey.images('us-east-1'), survey.images('us-east-1')]);

  expect(second).toBe(first);
  expect([...first.byId.keys()]).toEqual([copy]);
  expect(first.bySource.get('ami-1')?.map(({ id }) => id)).toEqual([copy]);
  expect(first.byJob.get('sync_a')?.map(({ id }) => id)).toEqual([copy]);
  expect([...(await survey.sharedWith(FRIEND))]).toEqual([copy]);
  expect((await survey.snapshots('us-east-1')).byId.size).toBe(1);
  expect(asked('DescribeImages')).toBe(2);
});

it('looks anew after ten seconds, and after something was made', async () => {
  const { survey, clock } = site();
  expect((await survey.images('us-east-1')).byId.size).toBe(0);
  copyOf('ami-1', 'sync_a');
  expect((await survey.images('us-east-1')).byId.size).toBe(0);
  await clock.advance(10_000);
  expect((await survey.images('us-east-1')).byId.size).toBe(1);
  copyOf('ami-2', 'sync_a');
  survey.forget();
  expect((await survey.images('us-east-1')).byId.size).toBe(2);
});

it('is about one moment in a plan', async () => {
  const { survey, clock } = site(true);
  await survey.images('us-east-1');
  await clock.advance(3_600_000);
  await survey.images('us-east-1');
  expect(asked('DescribeImages')).toBe(1);
});

it('takes a look that failed for none', async () => {
  copyOf('ami-1', 'sync_a');
  const { survey } = site();
  sandbox.faults.add({ service: 'ec2', effect: { status: 403, code: 'UnauthorizedOperation' }, times: 1 });
  await expect(survey.images('us-east-1')).rejects.toThrow();
  expect((await survey.images('us-east-1')).byId.size).toBe(1);
});

it('finds the copies of one source by a pattern, page by page', async () => {
  for (let number = 0; number < 1100; number += 1) copyOf(`ami-${number}`, 'sync_many');
  const { images } = site();
  expect(await images.withTag('Sync-Job', 'sync_many')).toHaveLength(1100);
  expect(await images.withTag('Sync-From-us-east-1', '* / ami-77')).toHaveLength(1);
  expect(asked('DescribeImages')).toBe(3);
});

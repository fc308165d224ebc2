import { beforeEach, describe, expect, it } from 'vitest';
import { BOTH, opsBench, PAYROLL, type OpsBench } from './ops-bench.ts';

let bench: OpsBench;
beforeEach(async () => {
  bench = await opsBench();
  const sleep = async (ms: number): Promise<void> => void pauses.push(ms);
  pauses.length = 0;
  const { clock } = bench.context;
  bench.context = { ...bench.context, clock: { ...clock, now: () => clock.now(), sleep } };
});
const pauses: number[] = [];

const conflicts = (path: string, times?: number): void => {
  const effect = { status: 409, code: 'ConditionalRequestConflict' };
  const limit = times === undefined ? {} : { times };
  bench.sandbox.faults.add({ service: 's3', operation: 'PutObject', path, effect, ...limit });
};

describe('a write that S3 answers with 409', () => {
  it('is tried again after a pause, and counts as written', async () => {
    conflicts('/payroll-eu-west-1/landfall/objects/base/*', 3);
    const ran = await bench.run('publish', await bench.folder(PAYROLL), ...BOTH);
    expect(ran, ran.err).toMatchObject({ code: 0 });
    expect(ran.out).toMatch(/eu-west-1 {2}published .* 5 written, 0 there already/);
    expect(pauses.length).toBe(3);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(100);
  });

  it('to the last of an object that is absent moves no pointer, of any region', async () => {
    conflicts('/payroll-eu-west-1/landfall/objects/role/web/*');
    const ran = await bench.run('publish', await bench.folder(PAYROLL), ...BOTH);
    expect(ran).toMatchObject({ code: 4, err: expect.stringContaining('LF_SOURCE_REFUSED') });
    expect(bench.pointer('eu-west-1')).toBeUndefined();
    expect(bench.pointer('us-east-1')).toBeUndefined();
  });

  it('to the last of an object that another publisher wrote finds it there', async () => {
    await bench.run('publish', await bench.folder(PAYROLL), ...BOTH);
    conflicts('/payroll-eu-west-1/landfall/objects/*');
    const ran = await bench.run('publish', await bench.folder(PAYROLL), ...BOTH);
    expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('0 written, 5 there already') });
  });

  it('to the last of the pointer leaves it where it was, and says so', async () => {
    await bench.run('publish', await bench.folder(PAYROLL), ...BOTH);
    const before = bench.pointer('eu-west-1');
    conflicts('/payroll-eu-west-1/landfall/current.json');
    const ran = await bench.run(
      'publish',
      await bench.folder({ ...PAYROLL, 'base/x.properties': 'x=1\n' }),
      ...BOTH,
    );
    expect(ran).toMatchObject({ code: 4, err: expect.stringContaining('LF_SOURCE_REFUSED') });
    expect(bench.pointer('eu-west-1')).toEqual(before);
  });
});

describe('credentials that S3 does not take', () => {
  it.each([
    [400, 'ExpiredToken', 'the credentials have expired'],
    [403, 'RequestTimeTooSkewed', 'the clock of this machine is wrong; S3 has '],
    [403, 'InvalidAccessKeyId', 'S3 knows no such access key'],
    [403, 'SignatureDoesNotMatch', 'does not fit the access key'],
  ])('%s %s is named as such at the first request', async (status, code, said) => {
    bench.sandbox.faults.add({ service: 's3', effect: { status, code } });
    const ran = await bench.run('publish', await bench.folder(PAYROLL), ...BOTH);
    expect(ran).toMatchObject({ code: 3, err: expect.stringContaining('LF_CREDENTIALS') });
    expect(ran.err).toContain(said);
  });

  it('a permission that is missing stays a permission', async () => {
    bench.sandbox.faults.add({ service: 's3', effect: { status: 403, code: 'AccessDenied' } });
    const ran = await bench.run('publish', await bench.folder(PAYROLL), ...BOTH);
    expect(ran).toMatchObject({ code: 4, err: expect.stringContaining('Allow s3:ListBucket') });
  });
});

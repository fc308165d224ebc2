import { beforeEach, describe, expect, it } from 'vitest';
import { BOTH, opsBench, PAYROLL, type OpsBench } from './ops-bench.ts';

let bench: OpsBench;
beforeEach(async () => {
  bench = await opsBench();
});

const CHANGED = { ...PAYROLL, 'role/web/web.yaml': 'workers: 16\n' };
const POINTER_US = '/payroll-us-east-1/landfall/current.json';
const moves = (effect: 'hang' | 'lose' | { status: number; code: string }): void =>
  void bench.sandbox.faults.add({ service: 's3', operation: 'PutObject', path: POINTER_US, effect });

const ahead = (ms: number): void => {
  const clock = { sleep: async () => {}, monotonic: () => 0, now: () => Date.now() + ms };
  bench.context = { ...bench.context, clock };
};
const rollOut = async (files: Readonly<Record<string, string>>) =>
  bench.run('publish', await bench.folder(files), ...BOTH, '--rollout', '10%:10m,100%');

describe('a move of the pointer whose answer is not seen', () => {
  it('is no failure when it is stopped: nobody knows', async () => {
    await bench.run('publish', await bench.folder(PAYROLL), ...BOTH);
    const before = bench.pointer('us-east-1')?.stable.id ?? '';
    await bench.clock.advance(60_000);
    const stop = new AbortController();
    bench.context = { ...bench.context, stop: stop.signal };
    moves('hang');
    const running = bench.run('publish', await bench.folder(CHANGED), ...BOTH);
    await expect.poll(() => bench.pointer('eu-west-1')?.stable.id).not.toBe(before);
    await expect
      .poll(() =>
        bench.sandbox.requests.entries.some(({ path, method }) => method === 'GET' && path === POINTER_US),
      )
      .toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 200));
    stop.abort();
    const ran = await running;
    expect(ran).toMatchObject({ code: 1, err: expect.stringContaining('us-east-1 unknown') });
    expect(ran.err).toContain('`landfall-ops releases --region us-east-1`');
    expect(ran.out).toMatch(new RegExp(`us-east-1 +unknown +${before} or 2026`));
  });

  it('is looked at when the answers are lost, and counts as moved', async () => {
    moves('lose');
    const ran = await bench.run('publish', await bench.folder(PAYROLL), ...BOTH);
    expect(ran, ran.err).toMatchObject({ code: 0 });
  });

  it('that S3 said no to is a failure', async () => {
    moves({ status: 403, code: 'AccessDenied' });
    const ran = await bench.run('publish', await bench.folder(PAYROLL), ...BOTH);
    expect(ran.err).toContain('us-east-1 failed');
  });
});

describe("a clock that is not S3's", () => {
  it.each([
    [600_000, 'ahead of'],
    [-600_000, 'behind'],
  ])("%i ms off is told, and the rollout starts by S3's", async (ms, said) => {
    ahead(ms);
    await rollOut(PAYROLL);
    const ran = await rollOut(CHANGED);
    expect(ran.err).toContain(`the clock of this machine is `);
    expect(ran.err).toContain(said);
    const { startedAt = '' } = (bench.pointer('eu-west-1')?.candidate ?? {}) as { startedAt?: string };
    expect(Math.abs(Date.parse(startedAt) - Date.now())).toBeLessThan(30_000);
  });

  it('within the second that Date does not have is none', async () => {
    ahead(0);
    expect((await rollOut(PAYROLL)).err).toBe('');
  });
});

describe('the steps of a rollout', () => {
  it('are shown with their times, and warned of when they are over before instances look', async () => {
    await bench.run('publish', await bench.folder(PAYROLL), ...BOTH);
    const ran = await bench.run(
      'publish',
      await bench.folder(CHANGED),
      ...BOTH,
      '--rollout',
      '10%:10s,50%:10m,100%',
    );
    expect(ran.out).toContain('10% for 10s, 50% for 10m, then 100% of the instances');
    expect(ran.err).toContain('shorter than the 30 s');
  });
});

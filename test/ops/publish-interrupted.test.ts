import { beforeEach, describe, expect, it } from 'vitest';
import { BOTH, opsBench, PAYROLL, type OpsBench } from './ops-bench.ts';

let bench: OpsBench;
beforeEach(async () => {
  bench = await opsBench();
});

const CHANGED = { ...PAYROLL, 'role/web/web.yaml': 'workers: 16\n' };
const POINTER_US = '/payroll-us-east-1/landfall/current.json';

interface Report {
  readonly release: string;
  readonly regions: readonly {
    readonly region: string;
    readonly state: string;
    readonly release: string | null;
  }[];
}

describe('a publication that is interrupted', () => {
  it('stops at the failing region, says what stands where, and is finished by running it again', async () => {
    await bench.run('publish', await bench.folder(PAYROLL), ...BOTH);
    const before = bench.pointer('us-east-1')?.stable.id;
    await bench.clock.advance(60_000);
    const folder = await bench.folder(CHANGED);
    bench.sandbox.faults.add({
      service: 's3',
      operation: 'PutObject',
      path: POINTER_US,
      effect: { status: 403, code: 'AccessDenied' },
      times: 1,
    });

    const half = await bench.run('publish', folder, ...BOTH, '--json');
    const report = JSON.parse(half.out) as Report;
    expect(half.code).toBe(4);
    expect(half.err).toContain('eu-west-1 published, us-east-1 failed');
    expect(report.regions).toMatchObject([
      { region: 'eu-west-1', state: 'published', release: report.release },
      { region: 'us-east-1', state: 'failed', release: before },
    ]);
    expect(bench.pointer('us-east-1')?.stable.id).toBe(before);

    await bench.clock.advance(60_000);
    const rest = JSON.parse((await bench.run('publish', folder, ...BOTH, '--json')).out) as Report;
    expect(rest.regions).toMatchObject([{ state: 'standing' }, { state: 'published' }]);
    expect(rest.release, 'the same publication goes on under its name').toBe(report.release);
    expect(bench.pointer('us-east-1')?.stable.id).toBe(report.release);
  });

  it('moves no pointer when one region cannot take the objects', async () => {
    bench.sandbox.faults.add({
      service: 's3',
      path: '/payroll-us-east-1/landfall/objects/*',
      effect: { status: 403, code: 'AccessDenied' },
    });
    const ran = await bench.run('publish', await bench.folder(PAYROLL), ...BOTH);
    expect(ran.code).toBe(4);
    expect(ran.err).toContain('eu-west-1 untouched, us-east-1 failed');
    expect(bench.pointer('eu-west-1')).toBeUndefined();
  });

  it('is stopped by a signal between two regions, and goes on later', async () => {
    const stop = new AbortController();
    const folder = await bench.folder(PAYROLL);
    const { context } = bench;
    bench.context = { ...context, stop: stop.signal };
    bench.sandbox.faults.add({ service: 's3', operation: 'PutObject', path: POINTER_US, effect: 'hang' });
    const running = bench.run('publish', folder, ...BOTH);
    await expect.poll(() => bench.pointer('eu-west-1')).toBeDefined();
    stop.abort();
    expect(await running).toMatchObject({ code: 1 });
    bench.sandbox.faults.clear();
    bench.context = context;
    expect((await bench.run('publish', folder, ...BOTH)).code).toBe(0);
    expect(bench.pointer('us-east-1')?.stable.id).toBe(bench.pointer('eu-west-1')?.stable.id);
  });

  it('takes its own pointer for its own when the answer to the write was lost', async () => {
    bench.sandbox.faults.add({
      service: 's3',
      operation: 'PutObject',
      path: POINTER_US,
      effect: 'lose',
      times: 1,
    });
    expect(await bench.run('publish', await bench.folder(PAYROLL), ...BOTH)).toMatchObject({
      code: 0,
      err: '',
    });
  });

  it('writes again what somebody deleted from the objects of the current release', async () => {
    const folder = await bench.folder(PAYROLL);
    await bench.run('publish', folder, ...BOTH);
    const lost = bench.keys('eu-west-1').find((key) => key.startsWith('landfall/objects/role/web/')) ?? '';
    bench.sandbox.deleteObject('payroll-eu-west-1', lost);
    expect((await bench.run('publish', folder, ...BOTH)).code).toBe(0);
    expect(bench.keys('eu-west-1')).toContain(lost);
  });

  it('is told when another publisher was faster, and leaves theirs alone', async () => {
    await bench.run('publish', await bench.folder(PAYROLL), ...BOTH);
    await bench.clock.advance(60_000);
    const [mine, theirs] = [
      await bench.folder(CHANGED),
      await bench.folder({ ...PAYROLL, 'role/web/web.yaml': 'workers: 99\n' }),
    ];
    // They publish while this one sits at the question, after it has read the pointers.
    const { context } = bench;
    bench.context = {
      ...context,
      ask: async () => {
        const other = await bench.run('publish', theirs, ...BOTH, '--yes');
        expect(other.code).toBe(0);
        return true;
      },
    };
    const ran = await bench.run('publish', mine, ...BOTH);
    expect(ran.code).toBe(4);
    expect(ran.err).toContain('[LF_PUBLISH_CONFLICT]');
    const { layers } = await bench.read('eu-west-1', ['role/web']);
    expect(Buffer.from(layers[0]?.files[0]?.bytes ?? []).toString()).toBe('workers: 99\n');
    expect(bench.keys('eu-west-1').filter((key) => key.includes('/history/'))).toHaveLength(2);
  });
});

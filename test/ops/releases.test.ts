import { beforeEach, describe, expect, it } from 'vitest';
import { healthKey, printHealth } from '#config-service';
import { BOTH, opsBench, PAYROLL, TO, type OpsBench } from './ops-bench.ts';

const HERE = [...TO, '--region', 'eu-west-1'];
const CHANGED = { ...PAYROLL, 'role/web/web.yaml': 'workers: 16\n' };

let bench: OpsBench;
let first: string;
beforeEach(async () => {
  bench = await opsBench();
  await bench.run('publish', await bench.folder(PAYROLL), ...BOTH, '--message', 'first');
  first = bench.pointer('eu-west-1')?.stable.id ?? '';
  await bench.clock.advance(60_000);
});

const rollOut = async (steps = '10%:10m,50%:10m,100%') =>
  bench.run('publish', await bench.folder(CHANGED), ...BOTH, '--rollout', steps, '--message', 'second');

describe('a staged rollout', () => {
  it('puts a candidate beside the stable release, with its steps', async () => {
    await rollOut();
    expect(bench.pointer('eu-west-1')).toMatchObject({
      stable: { id: first },
      candidate: {
        steps: [
          { percent: 10, afterMs: 0 },
          { percent: 50, afterMs: 600_000 },
          { percent: 100, afterMs: 1_200_000 },
        ],
      },
    });
    const shown = await bench.run('releases', ...HERE);
    expect(shown.out).toMatch(/candidate, 10%, 50% in 10m .*second/);
    expect(shown.out).toContain('current, 90%');
  });

  it('is left alone by running the same again, and ended by publishing without a rollout', async () => {
    await rollOut();
    const before = bench.pointer('eu-west-1');
    await bench.clock.advance(60_000);
    await rollOut();
    expect(bench.pointer('eu-west-1')).toEqual(before);
    await bench.run('publish', await bench.folder(CHANGED), ...BOTH);
    expect(bench.pointer('eu-west-1')).toEqual({
      ...before,
      stable: before?.candidate?.release,
      candidate: undefined,
      trail: { past: [expect.objectContaining({ release: first, fate: 'replaced' })] },
    });
  });

  it('is stable for the next publication once its last step has come', async () => {
    await rollOut('50%:1m,100%');
    const second = bench.pointer('eu-west-1')?.candidate?.release.id;
    await bench.clock.advance(120_000);
    await bench.run(
      'publish',
      await bench.folder({ ...CHANGED, 'base/x.properties': 'x = 1\n' }),
      ...BOTH,
      '--rollout',
      '50%:1m,100%',
    );
    expect(bench.pointer('eu-west-1')?.stable.id).toBe(second);
  });

  it('is halted, twice is fine, and nothing to halt is said', async () => {
    expect((await bench.run('halt', ...HERE)).err).toContain('[LF_ROLLOUT_NONE]');
    await rollOut();
    const halted = await bench.run('halt', ...HERE, '--reason', 'errors at login', '--json');
    expect(JSON.parse(halted.out)).toMatchObject({ state: 'halted', current: first, changed: true });
    expect(bench.pointer('eu-west-1')?.candidate?.halted).toMatchObject({ reason: 'errors at login' });
    expect((await bench.run('halt', ...HERE)).code).toBe(0);
    expect((await bench.run('releases', ...HERE)).out).toContain('halted: errors at login');
    expect(bench.pointer('us-east-1')?.candidate?.halted, 'the other region goes on').toBeUndefined();
  });

  it('is left by a rollback', async () => {
    await rollOut();
    expect((await bench.run('rollback', ...HERE)).code).toBe(0);
    expect(bench.pointer('eu-west-1')).toMatchObject({ stable: { id: first } });
    expect(bench.pointer('eu-west-1')?.candidate).toBeUndefined();
  });
});

describe('landfall-ops rollback', () => {
  beforeEach(async () => {
    await bench.run('publish', await bench.folder(CHANGED), ...BOTH, '--message', 'second');
  });

  it('goes to the release before, of one region only, and forth again by name', async () => {
    const second = bench.pointer('eu-west-1')?.stable.id ?? '';
    const ran = await bench.run('rollback', ...HERE);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.out).toMatch(/~ {2}workers {2}16 -> 8/);
    expect(bench.pointer('eu-west-1')?.stable.id).toBe(first);
    expect(bench.pointer('us-east-1')?.stable.id).toBe(second);
    await bench.run('rollback', second, ...HERE);
    expect(bench.pointer('eu-west-1')?.stable.id).toBe(second);
  });

  it('refuses a release that is unknown, current, or has lost an object', async () => {
    expect((await bench.run('rollback', 'nope', ...HERE)).err).toContain('[LF_RELEASE_UNKNOWN]');
    expect((await bench.run('rollback', bench.pointer('eu-west-1')?.stable.id ?? '', ...HERE)).code).toBe(2);
    const web = bench.keys('eu-west-1').filter((key) => key.startsWith('landfall/objects/role/web/'));
    for (const key of web) bench.sandbox.deleteObject('payroll-eu-west-1', key);
    const before = bench.pointer('eu-west-1');
    expect((await bench.run('rollback', ...HERE)).err).toContain('[LF_OBJECT_MISSING]');
    expect(bench.pointer('eu-west-1')).toEqual(before);
  });

  it('says first what it would change', async () => {
    const before = bench.pointer('eu-west-1');
    expect((await bench.run('rollback', ...HERE, '--dry-run')).out).toContain('would run');
    expect(bench.pointer('eu-west-1')).toEqual(before);
  });

  it('leaves a record of a release whose publisher was killed before it wrote one', async () => {
    const second = bench.pointer('eu-west-1')?.stable.id ?? '';
    bench.sandbox.deleteObject('payroll-eu-west-1', `landfall/history/${second}.json`);
    await bench.run('rollback', ...HERE);
    expect((await bench.run('rollback', second, ...HERE)).code).toBe(0);
  });
});

describe('landfall-ops releases and diff', () => {
  it('counts what instances reported, by code', async () => {
    const instances = ['i-1', 'i-2', 'i-3'];
    for (const [index, instanceId] of instances.entries()) {
      const code = index === 2 ? 'LF_PARSE' : null;
      const health = {
        release: first,
        ok: code === null,
        code,
        at: '2026-11-21T00:00:00Z',
        instanceId,
        role: 'web',
        environment: null,
        zone: null,
        relocated: false,
      };
      bench.sandbox.putObject('payroll-eu-west-1', `landfall/${healthKey(health)}`, printHealth(health));
    }
    expect((await bench.run('releases', ...HERE)).out).toContain('2 ok, 1 LF_PARSE');
    const json = JSON.parse((await bench.run('releases', ...HERE, '--json')).out) as object;
    expect(json).toMatchObject({
      region: 'eu-west-1',
      current: first,
      releases: [{ release: first, current: true, instances: { ok: 2, failed: { LF_PARSE: 1 } } }],
    });
  });

  it('lists newest first and compares the last two', async () => {
    await bench.run('publish', await bench.folder(CHANGED), ...BOTH, '--message', 'second');
    const { out } = await bench.run('releases', ...HERE);
    expect(out.indexOf('second')).toBeLessThan(out.indexOf('first'));
    expect((await bench.run('diff', ...HERE)).out).toMatch(/~ {2}workers {2}8 -> 16/);
    const reverse = await bench.run(
      'diff',
      bench.pointer('eu-west-1')?.stable.id ?? '',
      first,
      ...HERE,
      '--json',
    );
    expect(JSON.parse(reverse.out)).toMatchObject({
      to: first,
      changes: [{ key: 'workers', before: '16', after: '8' }],
    });
  });

  it('says so where nothing was published', async () => {
    const ran = await bench.run(
      'releases',
      '--to',
      's3://payroll-{region}/elsewhere',
      '--region',
      'eu-west-1',
    );
    expect(ran).toMatchObject({ code: 4 });
    expect(ran.err).toContain('[LF_SOURCE_EMPTY]');
  });
});

describe('whence a release came', () => {
  const COMMIT = '3f9a1c07ab12cd34ef563f9a1c07ab12cd34ef56';

  it('is in its record and in the list, and in nothing that instances read', async () => {
    bench.context = { ...bench.context, env: { ...bench.context.env, USER: 'ann' } };
    const folder = await bench.folder({
      ...CHANGED,
      '.git/HEAD': 'ref: refs/heads/main\n',
      '.git/refs/heads/main': `${COMMIT}\n`,
    });
    await bench.run('publish', folder, ...BOTH, '--message', 'second');
    const shown = await bench.run('releases', ...HERE);
    expect(shown.out).toContain('second (by ann, commit 3f9a1c07ab12)');
    const { releases } = JSON.parse((await bench.run('releases', ...HERE, '--json')).out) as {
      releases: object[];
    };
    expect(releases).toMatchObject([
      { message: 'second', by: 'ann', commit: COMMIT },
      { message: 'first', by: null, commit: null },
    ]);
    expect(JSON.stringify(bench.pointer('eu-west-1')?.stable)).not.toMatch(/ann|3f9a1c07ab12/);
    // Somebody else who publishes the same again did not make it.
    bench.context = { ...bench.context, env: { ...bench.context.env, USER: 'bob' } };
    await bench.run('publish', folder, ...BOTH);
    expect((await bench.run('releases', ...HERE)).out).toContain('by ann');
  });
});

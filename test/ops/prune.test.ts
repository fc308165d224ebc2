import { beforeEach, describe, expect, it } from 'vitest';
import { healthKey, historyKey, printHealth } from '#config-service';
import { BOTH, opsBench, PAYROLL, TO, type OpsBench } from './ops-bench.ts';

const HERE = [...TO, '--region', 'eu-west-1'];
const BUCKET = 'payroll-eu-west-1';
const DAY = 86_400_000;

let bench: OpsBench;
beforeEach(async () => {
  bench = await opsBench(true);
});

const stable = () => bench.pointer('eu-west-1')?.stable.id ?? '';
const keys = (folder: string) =>
  bench
    .keys('eu-west-1')
    .filter((key) => key.startsWith(`landfall/${folder}/`))
    .map((key) => key.slice('landfall/'.length));

/** Publishes so many contents, some days apart; the names of their releases, oldest first. */
async function publishAll(contents: readonly string[], daysApart = 40): Promise<string[]> {
  const ids: string[] = [];
  for (const workers of contents) {
    const folder = await bench.folder({ ...PAYROLL, 'role/web/web.yaml': `workers: ${workers}\n` });
    const ran = await bench.run('publish', folder, ...BOTH, '--resume');
    expect(ran.code, ran.err).toBe(0);
    ids.push(stable());
    const health = { release: stable(), ok: true, code: null, at: '2026-11-21T00:00:00Z' };
    const report = {
      ...health,
      instanceId: 'i-1',
      role: 'web',
      environment: null,
      zone: null,
      relocated: false,
    };
    bench.sandbox.putObject(BUCKET, `landfall/${healthKey(report)}`, printHealth(report));
    await bench.clock.advance(daysApart * DAY);
  }
  return ids;
}

describe('landfall-ops prune', () => {
  it('says what it would remove, and removes nothing until it is told to', async () => {
    const [first = '', second = '', third = ''] = await publishAll(['1', '2', '3']);
    const before = bench.keys('eu-west-1');
    const dry = await bench.run('prune', ...HERE, '--keep', '1');
    expect(dry).toMatchObject({ code: 0, err: '' });
    expect(dry.out).toMatch(
      /^eu-west-1 {2}keeps 2 releases {2}would remove 1 release, 1 object, 1 report {2}0\.0 MB\nnothing was removed: say --yes\n$/,
    );
    expect(bench.keys('eu-west-1')).toEqual(before);
    const ran = await bench.run('prune', ...HERE, '--keep', '1', '--yes', '--json');
    expect([ran.code, JSON.parse(ran.out)]).toMatchObject([
      0,
      {
        removed: true,
        regions: [{ region: 'eu-west-1', kept: [second, third], releases: [historyKey(first)] }],
      },
    ]);
    expect(keys('history')).toEqual([historyKey(second), historyKey(third)]);
    expect(keys('health')).toHaveLength(2);
    expect(keys('objects')).toHaveLength(6);
  });

  it('leaves every way back that it keeps whole, and what runs', async () => {
    await publishAll(['1', '2', '3', '4']);
    await bench.run('prune', ...HERE, '--keep', '2', '--yes');
    expect((await bench.read('eu-west-1', ['base', 'role/web'])).layers).toHaveLength(2);
    for (const workers of ['3', '2']) {
      const back = await bench.run('rollback', ...HERE);
      expect(back.code, back.err).toBe(0);
      const { layers } = await bench.read('eu-west-1', ['role/web']);
      expect(Buffer.from(layers[0]?.files[0]?.bytes ?? []).toString()).toBe(`workers: ${workers}\n`);
    }
    expect((await bench.run('rollback', ...HERE)).err).toContain('[LF_RELEASE_UNKNOWN]');
  });

  it('leaves a candidate, halted or not, and what a publication has only begun with', async () => {
    await publishAll(['1', '2']);
    const folder = await bench.folder({ ...PAYROLL, 'role/web/web.yaml': 'workers: 3\n' });
    await bench.run('publish', folder, ...BOTH, '--rollout', '10%:10m,100%');
    await bench.run('halt', ...HERE);
    await bench.clock.advance(40 * DAY);
    const begun = `landfall/objects/base/${'a'.repeat(64)}`;
    bench.sandbox.putObject(BUCKET, begun, 'x');
    await bench.run('prune', ...HERE, '--yes', '--keep', '1');
    expect(bench.keys('eu-west-1')).toContain(begun);
    expect(keys('history')).toHaveLength(3);
    // Nobody pointed to it in the thirty days.
    await bench.clock.advance(31 * DAY);
    await bench.run('prune', ...HERE, '--yes');
    expect(bench.keys('eu-west-1')).not.toContain(begun);
  });

  it('removes what was halted or rolled back from, once it is old', async () => {
    const [first, second = ''] = await publishAll(['1', '2'], 1);
    await bench.run('rollback', ...HERE);
    expect(stable()).toBe(first);
    expect((await bench.run('prune', ...HERE, '--yes')).out).toContain('removes 0 releases');
    await bench.clock.advance(60 * DAY);
    expect((await bench.run('prune', ...HERE, '--yes')).out).toContain(
      'removes 1 release, 1 object, 1 report',
    );
    expect(keys('history')).not.toContain(historyKey(second));
  });

  it('goes by names where the pointer has lost its trail', async () => {
    await publishAll(['1', '2', '3']);
    const { trail: _, ...pointer } = bench.pointer('eu-west-1') as unknown as Record<string, unknown>;
    bench.sandbox.putObject(BUCKET, 'landfall/current.json', `${JSON.stringify(pointer)}\n`);
    await bench.run('prune', ...HERE, '--keep', '1', '--yes');
    expect(keys('history')).toHaveLength(2);
    expect((await bench.run('rollback', ...HERE)).code).toBe(0);
  });

  it('touches nothing that is not of its own making', async () => {
    await publishAll(['1', '2', '3']);
    const others = ['ip-ranges.json', 'objects/readme.txt', 'history/notes.txt', 'artefacts/app.zip'];
    for (const key of others) bench.sandbox.putObject(BUCKET, `landfall/${key}`, 'x');
    bench.sandbox.putObject(BUCKET, `other/objects/base/${'b'.repeat(64)}`, 'x');
    await bench.clock.advance(400 * DAY);
    await bench.run('prune', ...HERE, '--keep', '1', '--yes');
    for (const key of others) expect(bench.keys('eu-west-1')).toContain(`landfall/${key}`);
    expect(bench.keys('eu-west-1')).toContain(`other/objects/base/${'b'.repeat(64)}`);
  });

  it('stops when a release that is kept cannot be read: it may need anything', async () => {
    const [, second = ''] = await publishAll(['1', '2', '3']);
    bench.sandbox.putObject(BUCKET, `landfall/${historyKey(second)}`, '{');
    const before = bench.keys('eu-west-1');
    expect((await bench.run('prune', ...HERE, '--yes')).err).toContain('[LF_MANIFEST_INVALID]');
    expect(bench.keys('eu-west-1')).toEqual(before);
  });

  it('stops when somebody publishes meanwhile', async () => {
    await publishAll(['1', '2', '3']);
    const { sandbox } = bench;
    const pointer = sandbox.getObject(BUCKET, 'landfall/current.json')?.body.toString() ?? '';
    const { context } = bench;
    // Told on the terminal with each object that is gone.
    bench.context = {
      ...context,
      errIsTerminal: true,
      err: (text) => {
        context.err(text);
        sandbox.putObject(BUCKET, 'landfall/current.json', pointer.replace('}\n', ' }\n'));
      },
    };
    expect((await bench.run('prune', ...HERE, '--keep', '1', '--yes')).err).toContain(
      '[LF_PUBLISH_CONFLICT]',
    );
  });

  it.each([
    ['--keep', '0'],
    ['--older-than', '30'],
  ])('refuses %s %s', async (option, text) => {
    await publishAll(['1']);
    expect((await bench.run('prune', ...HERE, option, text)).err).toContain('[LF_USAGE]');
  });
});

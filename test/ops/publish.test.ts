import { beforeEach, describe, expect, it } from 'vitest';
import { BOTH, opsBench, PAYROLL, TO, type OpsBench } from './ops-bench.ts';

let bench: OpsBench;
beforeEach(async () => {
  bench = await opsBench();
});

describe('landfall-ops publish', () => {
  it('gives each region a release of its own that agents read back', async () => {
    const ran = await bench.run('publish', await bench.folder(PAYROLL), ...BOTH, '--message', 'first');
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out).toContain('a.eu-west-1.rds.amazonaws.com');
    for (const [region, host] of [
      ['eu-west-1', 'a.eu-west-1'],
      ['us-east-1', 'b.us-east-1'],
    ] as const) {
      const { layers, release } = await bench.read(region, ['base', `region/${region}`, 'role/web']);
      expect(release).toBe(bench.pointer(region)?.stable.id);
      expect(layers.map(({ files }) => files.map((file) => file.path))).toEqual([
        ['app.properties', 'plan.yaml', 'scripts/setup.sh'],
        ['db.properties'],
        ['web.yaml'],
      ]);
      expect(Buffer.from(layers[1]?.files[0]?.bytes ?? []).toString()).toContain(host);
      expect(bench.keys(region)).toContain(`landfall/history/${release}.json`);
    }
    expect(bench.pointer('eu-west-1')?.stable.id).toBe(bench.pointer('us-east-1')?.stable.id);
  });

  it('sends nothing of region/R to another region, in name or content', async () => {
    await bench.run('publish', await bench.folder(PAYROLL), ...BOTH);
    const bucket = bench.sandbox.buckets.get('payroll-eu-west-1')?.sorted() ?? [];
    const everything = bucket.map(({ key, body }) => `${key}\n${body.toString('utf8')}`).join('\n');
    expect(everything).toContain('eu-west-1');
    expect(everything).not.toContain('us-east-1');
  });

  it('writes nothing on a dry run, and says what it would', async () => {
    const ran = await bench.run('publish', await bench.folder(PAYROLL), ...BOTH, '--dry-run', '--json');
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.out)).toMatchObject({
      dryRun: true,
      regions: [{ state: 'planned' }, { state: 'planned' }],
    });
    expect([...bench.keys('eu-west-1'), ...bench.keys('us-east-1')]).toEqual([]);
  });

  it('changes nothing when the same is published again', async () => {
    const folder = await bench.folder(PAYROLL);
    await bench.run('publish', folder, ...BOTH);
    const before = bench.pointer('eu-west-1');
    await bench.clock.advance(60_000);
    const again = await bench.run('publish', folder, ...BOTH, '--json');
    expect(JSON.parse(again.out)).toMatchObject({ regions: [{ state: 'standing' }, { state: 'standing' }] });
    expect(bench.pointer('eu-west-1')).toEqual(before);
  });

  it('shows the effective change per kind of instance', async () => {
    await bench.run('publish', await bench.folder(PAYROLL), ...BOTH);
    await bench.clock.advance(1000);
    const changed = await bench.folder({ ...PAYROLL, 'role/web/web.yaml': 'workers: 9\nnew: 1\n' });
    const ran = await bench.run('publish', changed, ...BOTH, '--dry-run');
    expect(ran.out).toMatch(/~ {2}workers {2}8 -> 9/);
    expect(ran.out).toMatch(/\+ {2}new {6}1/);
    expect(ran.out).not.toContain('db.host');
  });

  it('refuses a foreign region with file and line, before anything is written', async () => {
    const folder = await bench.folder({
      ...PAYROLL,
      'base/x.properties': 'a = 1\nhost = sqs.us-east-1.amazonaws.com\n',
    });
    const ran = await bench.run('publish', folder, ...BOTH);
    expect(ran.code).toBe(6);
    expect(ran.err).toContain('base/x.properties:2');
    expect(ran.err).toContain('[LF_REGION_FOREIGN]');
    expect(bench.keys('us-east-1')).toEqual([]);
  });

  it('refuses a bucket of another region, before anything is written', async () => {
    const folder = await bench.folder(PAYROLL);
    const to = ['--to', 's3://payroll-eu-west-1/landfall'];
    const ran = await bench.run('publish', folder, ...to, '--regions', 'eu-west-1,us-east-1');
    expect(ran.code).toBe(6);
    expect(ran.err).toContain('[LF_REGION_BUCKET]');
    expect(bench.keys('eu-west-1')).toEqual([]);
  });

  it('refuses a bucket that another account owns', async () => {
    const ran = await bench.run('publish', await bench.folder(PAYROLL), ...BOTH, '--owner', '999999999999');
    expect(ran.code).toBe(4);
    expect(ran.err).toContain('[LF_SOURCE_DENIED]');
  });

  it('refuses to lose most keys, unless told to', async () => {
    const many = Array.from({ length: 20 }, (_, index) => `k${index} = 1\n`).join('');
    await bench.run('publish', await bench.folder({ ...PAYROLL, 'base/many.properties': many }), ...BOTH);
    await bench.clock.advance(1000);
    const folder = await bench.folder(PAYROLL);
    const refused = await bench.run('publish', folder, ...BOTH);
    expect(refused).toMatchObject({ code: 5 });
    expect(refused.err).toContain('--allow-shrink');
    expect((await bench.run('publish', folder, ...BOTH, '--allow-shrink')).code).toBe(0);
  });

  it('asks whoever sits at a terminal, and takes no for an answer', async () => {
    bench.context = { ...bench.context, ask: async () => false };
    const folder = await bench.folder(PAYROLL);
    expect(await bench.run('publish', folder, ...BOTH)).toMatchObject({ code: 1 });
    expect(bench.keys('eu-west-1')).toEqual([]);
    expect((await bench.run('publish', folder, ...BOTH, '--yes')).code).toBe(0);
  });

  it.each([
    [['--to', 's3://payroll-{environment}/x', '--regions', 'eu-west-1'], '{environment}'],
    [['--to', 's3://payroll-{account}/x', '--regions', 'eu-west-1'], '--owner'],
    [['--to', '/tmp/x', '--regions', 'eu-west-1'], 's3://'],
    [[...TO, '--regions', 'nowhere'], 'nowhere'],
    [[...BOTH, '--rollout', '50%:1m,10%:1m,100%'], 'rise'],
    [[...TO], '--regions'],
  ])('calls %j a mistake on the command line', async (args, said) => {
    const ran = await bench.run('publish', await bench.folder(PAYROLL), ...args);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain(said);
  });
});

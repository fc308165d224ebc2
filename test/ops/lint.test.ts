import { beforeEach, describe, expect, it } from 'vitest';
import { opsBench, PAYROLL, type OpsBench } from './ops-bench.ts';

let bench: OpsBench;
beforeEach(async () => {
  bench = await opsBench();
});

const lint = async (files: Readonly<Record<string, string>>, ...args: string[]) =>
  bench.run('lint', await bench.folder(files), ...args);

describe('landfall-ops lint', () => {
  it('is content with a good folder, for every region it finds', async () => {
    const ran = await lint(PAYROLL);
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out).toContain('2 kinds of instances, eu-west-1, us-east-1');
  });

  it('finds everything at once, each with its place', async () => {
    const ran = await lint({
      'base/a.properties':
        'x = ${nope}\n@region = here\ny = ${y}\nhost = db.eu-central-1.rds.amazonaws.com\n',
      'base/broken.yaml': 'fine: 1\nbroken: [\n',
      'base/plan.yaml': 'require: not-a-list\n',
      'role/web/a.properties': 'twice = 1\n',
      'role/web/b.properties': 'twice = 2\n',
      'region/eu-west-1/a.properties': 'a = 1\n',
    });
    expect(ran.code).toBe(5);
    for (const place of [
      'base/broken.yaml:',
      'base/plan.yaml',
      'role/web/b.properties:1',
      'base/a.properties:2',
    ]) {
      expect(ran.err).toContain(place);
    }
  });

  it('follows references for each kind of instance and says for which one they fail', async () => {
    const ran = await lint({
      'base/a.properties': 'url = http://${host}\n',
      'role/web/a.properties': 'host = a\n',
      'role/worker/a.properties': 'other = b\n',
      'region/eu-west-1/r.properties': 'r = 1\n',
    });
    expect(ran.code).toBe(5);
    expect(ran.err).toContain('base/a.properties:1');
    expect(ran.err).toContain('(in eu-west-1 as worker)');
  });

  it('asks the guard for each region given', async () => {
    const files = { 'base/a.properties': 'host = sqs.us-east-1.amazonaws.com\n' };
    expect((await lint(files, '--regions', 'us-east-1')).code).toBe(0);
    const ran = await lint(files, '--regions', 'us-east-1,eu-west-1');
    expect(ran.code).toBe(6);
    expect(ran.err).toMatch(/base\/a\.properties:1: host names us-east-1.*\(in eu-west-1\)/);
  });

  it('only warns of a region when it knows no region to check for', async () => {
    const ran = await lint({ 'base/a.properties': 'host = sqs.us-east-1.amazonaws.com\n' });
    expect(ran.code).toBe(0);
    expect(ran.out).toMatch(/warning.*names us-east-1/);
  });

  it('misses required keys, and takes an allow entry for an answer until it is stale', async () => {
    const files = {
      'base/a.properties': 'billing = s3.us-east-1.amazonaws.com\n',
      'base/plan.yaml':
        'require: [db.host]\nguard:\n  allow:\n    - { key: billing, region: us-east-1, reason: only there }\n    - { key: other, region: us-east-1, reason: old }\n',
    };
    const ran = await lint(files, '--regions', 'eu-west-1', '--json');
    expect(ran.code).toBe(5);
    expect(JSON.parse(ran.out)).toMatchObject({
      problems: [{ code: 'LF_REQUIRED_MISSING' }],
      warnings: [{ code: 'LF_ALLOW_UNUSED' }],
    });
  });

  it('warns of a misspelt layer, a key set twice, and a script that names a region', async () => {
    const ran = await lint({
      ...PAYROLL,
      'enviroment/prod/a.properties': 'a = 1\n',
      'base/twice.properties': 'k = 1\nk = 2\n',
      'base/files/aws.conf': 'fine\nendpoint=https://sqs.us-east-1.amazonaws.com\n',
    });
    expect(ran.code).toBe(0);
    expect(ran.out).toMatch(/warning +enviroment\/prod\/a\.properties: belongs to no layer/);
    expect(ran.out).toMatch(/warning +base\/twice\.properties:2/);
    expect(ran.out).toMatch(/warning +base\/files\/aws\.conf:2/);
  });

  it('lets the layer of an instance fit one kind of instance only', async () => {
    const one = {
      ...PAYROLL,
      'role/worker/w.yaml': 'batch: 1\n',
      'instance/i-0abc/a.properties': 'x = ${batch}\n',
    };
    expect((await lint(one)).code).toBe(0);
    expect((await lint({ ...one, 'instance/i-0abc/a.properties': 'x = ${nobody.has.it}\n' })).code).toBe(5);
  });

  it('takes the names of secrets for granted', async () => {
    const ran = await lint({ ...PAYROLL, 'base/s.properties': 'password = ${@ssm:/payroll/db}\n' });
    expect(ran).toMatchObject({ code: 0, err: '' });
  });

  it('says what is wrong with the folder itself', async () => {
    expect((await bench.run('lint', '/nowhere')).code).toBe(2);
    expect((await lint({ 'README.md': 'hello' })).err).toContain('[LF_SOURCE_EMPTY]');
    expect((await bench.run('lint', '/nowhere', '--json')).err).toMatch(/^\{"error":\{"code":"LF_USAGE"/);
  });
});

describe('what the guard only shows', () => {
  const FILES = {
    'base/a.properties': 'db.host = 52.94.133.131\nbucket = acme-us-east-1\n',
    'region/eu-west-1/a.properties': 'a = 1\n',
    'region/us-east-1/a.properties': 'a = 1\n',
  };
  const EAST = {
    'base/a.properties': FILES['base/a.properties'],
    'region/us-east-1/a.properties': 'a = 1\n',
  };
  const TABLE = new URL('../region/fixtures/ip-ranges.json', import.meta.url).pathname;

  it('is a warning at its place, a hint for whom it is one', async () => {
    const ran = await lint(FILES);
    expect([ran.code, ran.err]).toEqual([0, '']);
    expect(ran.out).toMatch(/base\/a\.properties:1: db\.host leads to an unknown region.*LF_REGION_UNKNOWN/);
    expect(ran.out).toMatch(/:2: bucket carries the name of us-east-1.*\(in eu-west-1\).*LF_REGION_HINT/);
    const home = await lint(EAST);
    expect(home.out).not.toContain('LF_REGION_HINT');
  });

  it('refuses with 6 where the command line or a plan asks for it', async () => {
    expect(await lint(FILES, '--unknown', 'refuse')).toMatchObject({ code: 6 });
    expect(await lint(FILES, '--hints', 'refuse')).toMatchObject({ code: 6 });
    const plan = { 'base/plan.yaml': 'guard: { unknown: refuse }\n' };
    const ran = await lint({ ...FILES, ...plan });
    expect([ran.code, ran.err]).toEqual([6, expect.stringContaining('[LF_REGION_UNKNOWN]')]);
    const allow = 'guard: { unknown: refuse, allow: [{ key: db.host, region: unknown, reason: ours }] }\n';
    expect(await lint({ ...FILES, 'base/plan.yaml': allow })).toMatchObject({ code: 0 });
  });

  it('is refused elsewhere and fine at home by a table of address ranges', async () => {
    const ran = await lint(FILES, '--ip-ranges', TABLE);
    expect([ran.code, ran.err]).toEqual([
      6,
      expect.stringMatching(/db\.host names us-east-1.*\(in eu-west-1\)/),
    ]);
    expect(await lint(EAST, '--ip-ranges', TABLE)).toMatchObject({ code: 0 });
    expect(await lint(EAST, '--ip-ranges', '/nowhere.json')).toMatchObject({ code: 2 });
  });
});

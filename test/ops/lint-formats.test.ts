import { execFileSync } from 'node:child_process';
import { beforeEach, describe, expect, it } from 'vitest';
import { opsBench, PAYROLL, type OpsBench } from './ops-bench.ts';

let bench: OpsBench;
beforeEach(async () => {
  bench = await opsBench();
});

const SLIPS = {
  ...PAYROLL,
  'base/a & "b".properties': '<<<<<<< HEAD\nx=1\n',
  'base/app.YML': 'a: 1\n',
};

interface Sarif {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string };
          readonly region?: { readonly startLine: number };
        };
      }[];
    }[];
  }[];
}

describe('landfall-ops lint for a pipeline', () => {
  it('prints SARIF with each finding at its line, below the folder that was given', async () => {
    const folder = await bench.folder(SLIPS);
    const ran = await bench.run('lint', folder, '--format', 'sarif');
    expect(ran.code).toBe(5);
    const [run] = (JSON.parse(ran.out) as Sarif).runs;
    const rows = run?.results.map(({ ruleId, ruleIndex, level, locations }) => {
      expect(run.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
      const { artifactLocation, region } = locations[0]?.physicalLocation ?? {};
      const path = decodeURIComponent(artifactLocation?.uri ?? '').slice(`file://${folder}/`.length);
      return `${level} ${ruleId} ${path} ${region?.startLine ?? '-'}`;
    });
    expect(rows).toContain('error LF_NOT_CONFIGURATION base/a & "b".properties 1');
    expect(rows).toContain('warning LF_FILE_UNREAD base/app.YML -');
  });

  it('prints JUnit that an XML parser reads, with the failures counted by file', async () => {
    const ran = await bench.run('lint', await bench.folder(SLIPS), '--format', 'junit');
    expect(ran.code).toBe(5);
    const script =
      'import sys, xml.etree.ElementTree as t\nr = t.fromstring(sys.stdin.read())\nprint(r.get("tests"), r.get("failures"), [c.get("name") for c in r])';
    const read = execFileSync('python3', ['-c', script], { input: ran.out, encoding: 'utf8' });
    expect(read.trim()).toBe(`2 1 ['base/a & "b".properties', 'base/app.YML']`);
  });

  it('says that all is well where nothing was found', async () => {
    const ran = await bench.run('lint', await bench.folder(PAYROLL), '--format', 'junit');
    expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('tests="1" failures="0"') });
  });

  it('refuses with --strict what is otherwise a warning', async () => {
    const folder = await bench.folder({ ...PAYROLL, 'base/app.YML': 'a: 1\n' });
    expect((await bench.run('lint', folder)).code).toBe(0);
    const strict = await bench.run('lint', folder, '--strict');
    expect(strict).toMatchObject({ code: 5, err: expect.stringContaining('LF_FILE_UNREAD') });
    expect((await bench.run('lint', await bench.folder(PAYROLL), '--strict')).code).toBe(0);
  });
});

describe('what no key tells', () => {
  it('scripts, templates and plans that differ show in publish, diff and rollback', async () => {
    const one = ['--to', 's3://payroll-{region}/landfall'];
    await bench.run('publish', await bench.folder(PAYROLL), ...one, '--regions', 'eu-west-1');
    await bench.clock.advance(60_000);
    const changed = { ...PAYROLL, 'base/scripts/setup.sh': 'echo new\n', 'role/web/files/motd': 'x\n' };
    const ran = await bench.run('publish', await bench.folder(changed), ...one, '--regions', 'eu-west-1');
    const rows = [
      '  ~  base/scripts/setup.sh',
      '      @@ -1,1 +1,1 @@',
      '      -echo setup',
      '      +echo new',
      '  +  role/web/files/motd',
      '      @@ -0,0 +1,1 @@',
      '      +x',
    ].join('\n');
    expect(ran.out).toContain(rows);
    expect((await bench.run('diff', ...one, '--region', 'eu-west-1')).out).toContain(rows);
    const back = await bench.run('rollback', ...one, '--region', 'eu-west-1', '--json');
    expect(JSON.parse(back.out)).toMatchObject({
      files: [
        { path: 'base/scripts/setup.sh', change: 'changed', diff: '@@ -1,1 +1,1 @@\n-echo new\n+echo setup' },
        { path: 'role/web/files/motd', change: 'removed' },
      ],
    });
  });

  it('says for whom a file is, where it is not for all', async () => {
    const one = ['--to', 's3://payroll-{region}/landfall', '--regions', 'eu-west-1'];
    const both = { ...PAYROLL, 'role/worker/app.properties': 'a=1\n' };
    await bench.run('publish', await bench.folder(both), ...one);
    await bench.clock.advance(60_000);
    const ran = await bench.run(
      'publish',
      await bench.folder({ ...both, 'role/worker/scripts/x.sh': 'true\n', 'base/files/y': 'y\n' }),
      ...one,
    );
    expect(ran.out).toMatch(/^ {2}\+ {2}base\/files\/y\n/m);
    expect(ran.out).toMatch(/^ {2}\+ {2}role\/worker\/scripts\/x\.sh {2}worker\b.*\n/m);
  });
});

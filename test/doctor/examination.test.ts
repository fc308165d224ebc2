import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandLine } from '../support/command-line.ts';
import { BUCKET, daemonBench, type DaemonBench } from '../support/daemon-bench.ts';
import { fakeRoot } from './fake-root.ts';

interface Found {
  readonly check: string;
  readonly level: string;
  readonly says: string;
  readonly wayOut?: string;
  readonly code?: string;
}

/** `landfall doctor --json` on the instance of the bench. */
async function doctor(bench: DaemonBench, ...args: readonly string[]) {
  return doctorWith(bench, {}, ...args);
}

async function doctorWith(
  bench: DaemonBench,
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
) {
  const cli = commandLine({
    AWS_EC2_METADATA_SERVICE_ENDPOINT: bench.instance.imdsUrl,
    AWS_ENDPOINT_URL: bench.sandbox.url,
    LANDFALL_SOURCE: 's3://config-{region}/payroll',
    LANDFALL_STATE_DIR: bench.stateDir,
    LANDFALL_RUN_DIR: bench.runDir,
    LANDFALL_LISTEN: '127.0.0.1:0',
    ...env,
  });
  const exit = await cli.run('doctor', '--json', ...args);
  const { findings } = JSON.parse(cli.out()) as { findings: readonly Found[] };
  const of = (check: string) => findings.filter((finding) => finding.check === check);
  return { exit, findings, of, err: cli.err() };
}

it('a good instance has everything in order, and nothing is changed by looking', async () => {
  const bench = await daemonBench();
  bench.put('base/app.properties', 'a=1\n');
  bench.put('role/web/app.properties', 'a=2\n');
  const { exit, of, findings } = await doctor(bench);
  expect(exit).toBe(0);
  expect(findings.filter(({ level }) => level === 'failure')).toEqual([]);
  expect(of('metadata')[0]?.says).toMatch(
    /^IMDSv2 answers: i-\w+ in eu-west-1 \(eu-west-1a\), account \d{12}$/,
  );
  expect(of('seal')).toMatchObject([{ level: 'ok' }]);
  expect(of('credentials')).toMatchObject([{ level: 'ok' }]);
  expect(of('tags').map(({ says }) => says)).toEqual([
    'instance tags are enabled in the metadata service',
    'role web, environment prod',
  ]);
  expect(of('source')[0]?.says).toBe(`s3://${BUCKET}/payroll (tree) has base, role/web`);
  await expect(readdir(bench.stateDir)).rejects.toThrow('ENOENT');
  await expect(readdir(bench.runDir)).rejects.toThrow('ENOENT');
});

it('can run beside the daemon', async () => {
  const bench = await daemonBench();
  bench.put('base/app.properties', 'a=1\n');
  await bench.daemon();
  expect((await doctor(bench)).exit).toBe(0);
  expect(await readdir(bench.runDir)).toContain('landfall.sock');
});

it('tags outside of IMDS are a note with the way in, read from EC2', async () => {
  const bench = await daemonBench({ tagsInMetadata: false });
  bench.put('base/app.properties', 'a=1\n');
  const { exit, of } = await doctor(bench);
  expect(exit).toBe(0);
  expect(of('tags')[0]).toMatchObject({
    level: 'note',
    wayOut: expect.stringContaining('--instance-metadata-tags enabled') as string,
  });
  expect(of('tags').at(-1)?.says).toBe('role web, environment prod');
});

it('a file of a user that leads to another region outweighs what stops the agent', async () => {
  const bench = await daemonBench();
  const { path } = fakeRoot({ '/.aws/config': '[default]\nregion = us-east-1\n' });
  const { exit, of, findings } = await doctorWith(bench, { HOME: path }, '--source', 'http://x');
  expect(exit).toBe(6);
  expect(of('shared files')).toContainEqual(
    expect.objectContaining({
      level: 'failure',
      code: 'LF_REGION_HOST',
      file: `${path}/.aws/config`,
      line: 2,
    }),
  );
  expect(findings[0]).toMatchObject({ check: 'settings', level: 'failure', code: 'LF_SETTINGS' });
});

it('a variable is a warning, whatever it says: Landfall ignores it', async () => {
  const bench = await daemonBench();
  bench.put('base/app.properties', 'a=1\n');
  const { exit, of } = await doctorWith(bench, { AWS_REGION: 'us-east-1' });
  expect(exit).toBe(0);
  expect(of('environment')).toMatchObject([{ level: 'warning' }, { level: 'note' }, { level: 'note' }]);
});

it('the clock and the hop limit are judged by the answers of the metadata service', async () => {
  const { of } = await doctor(await daemonBench());
  expect(of('clock')).toMatchObject([{ level: 'ok' }]);
  expect(of('hop limit')).toMatchObject([{ level: 'ok' }]);
});

it('a source that is one bucket for all regions is a note', async () => {
  const bench = await daemonBench();
  bench.put('base/app.properties', 'a=1\n');
  const { exit, of } = await doctor(bench, '--source', `s3://${BUCKET}/payroll`);
  expect([exit, of('source').map(({ level }) => level)]).toEqual([0, ['ok', 'note']]);
});

it('a missing signature is a warning', async () => {
  const { of } = await doctor(await daemonBench({ signed: false }));
  expect(of('seal')).toMatchObject([{ level: 'warning' }]);
});

it.each([
  ['no such bucket', ['--source', 's3://none-{region}/p'], 'source', 'LF_BUCKET_MISSING', 4],
  ['a source that is none', ['--source', 'http://x'], 'settings', 'LF_SETTINGS', 2],
  ['a source that is not set', ['--source', ''], 'settings', 'LF_SETTINGS', 2],
])('%s is a failure, with the exit code a boot would have', async (_, args, check, code, exit) => {
  const report = await doctor(await daemonBench(), ...args);
  expect(report.exit).toBe(exit);
  expect(report.of(check)[0]).toMatchObject({ level: 'failure', code });
});

it('a role that is missing is a failure of its own, beside what can be seen without', async () => {
  const { of, findings } = await doctor(await daemonBench({ role: null }));
  expect(of('credentials')).toMatchObject([{ level: 'failure', code: 'LF_CREDENTIALS' }]);
  expect(findings.at(-1)).toMatchObject({ check: 'source', level: 'failure' });
});

it('without metadata it ends there, with 3', async () => {
  const { exit, findings } = await doctor(await daemonBench({ mode: 'disabled' }));
  expect(exit).toBe(3);
  expect(findings.at(-1)).toMatchObject({ check: 'metadata', level: 'failure', code: 'LF_IMDS_DISABLED' });
});

it('is a table for people, with the way out below each finding', async () => {
  const bench = await daemonBench({ mode: 'disabled' });
  const cli = commandLine({
    AWS_EC2_METADATA_SERVICE_ENDPOINT: bench.instance.imdsUrl,
    AWS_REGION: 'us-east-1',
    LANDFALL_SOURCE: join('/', 'srv'),
    LANDFALL_LISTEN: '127.0.0.1:0',
  });
  expect(await cli.run('doctor')).toBe(3);
  const lines = cli.out().split('\n');
  expect(lines[0]).toMatch(/^warning {2}environment {3}AWS_REGION is set; Landfall ignores it/);
  expect(lines[1]).toMatch(/^ {23}Remove AWS_REGION from where it is set/);
  expect(cli.out()).toMatch(/^failure {2}metadata .*\[LF_IMDS_DISABLED\]$/m);
  expect(cli.err()).toBe('');
});

describe('the configuration that a boot would begin with', () => {
  it('is resolved, and said to be accepted', async () => {
    const bench = await daemonBench();
    bench.put('base/app.properties', 'a=1\nb=${a}\n');
    const { exit, of } = await doctor(bench);
    expect([exit, of('configuration')]).toEqual([
      0,
      [{ check: 'configuration', level: 'ok', says: '2 keys would be accepted' }],
    ]);
    await expect(readdir(bench.stateDir)).rejects.toThrow('ENOENT');
  });

  it.each([
    ['a reference to nothing', 'app.properties', 'a=1\nb=${nope}\n', 'LF_REFERENCE_UNKNOWN', 5],
    [
      'another region',
      'app.properties',
      'q=https://sqs.us-east-1.amazonaws.com/1/q\n',
      'LF_REGION_FOREIGN',
      6,
    ],
    ['a plan with a slip', 'plan.yaml', 'scripts: { a: { rum: x } }\n', 'LF_PLAN_INVALID', 5],
    [
      'logs with a slip',
      'plan.yaml',
      'logs: { a: { path: /var/log/a, group: g, retension: 3d } }\n',
      'LF_PLAN_INVALID',
      5,
    ],
  ])('is refused for %s, at its file and line', async (_, file, text, code, exit) => {
    const bench = await daemonBench();
    bench.put('base/app.json', '{}');
    bench.put(`base/${file}`, text);
    const found = await doctor(bench);
    const [first, ...places] = found.of('configuration');
    expect([found.exit, first?.code]).toEqual([exit, code]);
    expect(places).toContainEqual(
      expect.objectContaining({
        file: expect.stringContaining(file) as string,
        line: expect.any(Number) as number,
      }),
    );
    // Of the source alone: that it can be read is no failure.
    expect(found.of('source')).toMatchObject([{ level: 'ok' }]);
  });
});

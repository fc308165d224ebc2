import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { commandLine } from '../support/command-line.ts';
import { daemonBench } from '../support/daemon-bench.ts';
import { fakeRoot } from './fake-root.ts';

interface Report {
  readonly emptied?: readonly { path: string; sha256: string }[];
  readonly findings: readonly { check: string; level: string; says: string; code?: string; file?: string }[];
}

async function doctor(env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const cli = commandLine(env);
  const exit = await cli.run('doctor', '--json', ...args);
  return {
    exit,
    err: cli.err(),
    report: (cli.out() === '' ? { findings: [] } : JSON.parse(cli.out())) as Report,
  };
}

function folders() {
  const base = mkdtempSync(join(tmpdir(), 'landfall-image-'));
  onTestFinished(() => rmSync(base, { recursive: true }));
  const home = join(base, 'home');
  mkdirSync(home);
  return {
    base,
    home,
    env: { LANDFALL_STATE_DIR: join(base, 'state'), LANDFALL_RUN_DIR: join(base, 'run'), HOME: home },
  };
}

/** This machine may hold more; only what the test has planted counts. */
const below = ({ findings }: Report, folder: string) =>
  findings.filter(({ file }) => file?.startsWith(folder));

it('--before-image takes state off the disk, names it, and asks nobody', async () => {
  const bench = await daemonBench();
  bench.put('base/app.properties', 'a=1\n');
  const daemon = await bench.daemon();
  await daemon.close(1000);
  const { home } = folders();
  const sealed = readdirSync(bench.stateDir).filter((name) => name.endsWith('.sealed'));
  expect(sealed).toContain('last-good.sealed');
  // The metadata endpoint is a port where nobody listens.
  const env = { LANDFALL_STATE_DIR: bench.stateDir, LANDFALL_RUN_DIR: bench.runDir, HOME: home };
  const { report } = await doctor(env, '--before-image');
  expect(report.emptied?.map(({ path }) => path)).toEqual(
    expect.arrayContaining(sealed.map((name) => join(bench.stateDir, name))),
  );
  expect(report.emptied?.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256))).toBe(true);
  expect(readdirSync(bench.stateDir).filter((name) => name.endsWith('.sealed'))).toEqual([]);
  expect(below(report, bench.stateDir)).toEqual([]);
});

it('--before-image refuses while the daemon runs, and nothing is gone', async () => {
  const bench = await daemonBench();
  bench.put('base/app.properties', 'a=1\n');
  await bench.daemon();
  const env = { LANDFALL_STATE_DIR: bench.stateDir, LANDFALL_RUN_DIR: bench.runDir };
  const { exit, err } = await doctor(env, '--before-image');
  expect([exit, JSON.parse(err)]).toMatchObject([2, { error: { code: 'LF_STATE_LOCKED' } }]);
  // The lock says so by itself where the socket is another.
  const elsewhere = await doctor({ ...env, LANDFALL_SOCKET: '/nowhere/landfall.sock' }, '--before-image');
  expect([elsewhere.exit, JSON.parse(elsewhere.err)]).toMatchObject([
    2,
    { error: { code: 'LF_STATE_LOCKED' } },
  ]);
  expect(readdirSync(bench.stateDir)).toEqual(expect.arrayContaining(['boot.mark', 'lock']));
  expect(readdirSync(bench.runDir)).toContain('token');
});

it('--before-image refuses beside a daemon that keeps no state, and so holds no lock', async () => {
  const { base, env } = folders();
  mkdirSync(join(base, 'run'));
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(join(base, 'run/landfall.sock'), resolve));
  const { exit, err } = await doctor(env, '--before-image');
  expect([exit, JSON.parse(err)]).toMatchObject([2, { error: { code: 'LF_STATE_LOCKED' } }]);
});

it('--before-image fails with 6 for what is left, and leaves it: it is not ours', async () => {
  const { home, env } = folders();
  mkdirSync(join(home, '.aws'));
  const config = join(home, '.aws/config');
  writeFileSync(config, '[default]\nregion = eu-west-1\n');
  const { exit, report } = await doctor(env, '--before-image');
  expect(exit).toBe(6);
  expect(below(report, home)).toMatchObject([
    { level: 'failure', code: 'LF_REGION_HOST', file: config, region: 'eu-west-1' },
  ]);
  expect(existsSync(config)).toBe(true);
});

it('--before-image fails for a variable of its own environment', async () => {
  const { env } = folders();
  const { exit, report } = await doctor({ ...env, AWS_REGION: 'eu-west-1' }, '--before-image');
  expect(exit).toBe(6);
  expect(report.findings[0]).toMatchObject({ check: 'environment', level: 'failure' });
});

it('--root looks at a mounted image: no metadata, nothing of this host, nothing changed', async () => {
  const { path } = fakeRoot({
    '/etc/hosts': '10.0.0.1 a.eu-west-1.compute.internal\n',
    '/var/lib/landfall/last-good.sealed': 'LFSEAL1\n',
  });
  const env = { AWS_REGION: 'us-east-1', HOME: path };
  expect(await doctor(env, '--root', path, '--region', 'eu-west-1')).toMatchObject({ exit: 0, err: '' });
  const elsewhere = await doctor(env, '--root', path, '--region', 'us-east-1');
  expect(elsewhere.exit).toBe(6);
  expect(elsewhere.report.findings.filter(({ level }) => level !== 'ok')).toMatchObject([
    { check: 'resolver', line: 1 },
  ]);
  // Without a home none may be named.
  expect((await doctor(env, '--root', path)).exit).toBe(6);
  expect(readdirSync(join(path, 'var/lib/landfall'))).toEqual(['last-good.sealed']);
});

it.each([
  ['--root with --before-image', ['--root', '/tmp', '--before-image']],
  ['a root that is not there', ['--root', '/nowhere']],
  ['a word that is no region', ['--root', '/tmp', '--region', 'ireland']],
  ['--region for this host', ['--region', 'eu-west-1']],
])('%s is a slip of the hand', async (_, args) => {
  const { exit, err } = await doctor({}, ...args);
  expect([exit, JSON.parse(err)]).toMatchObject([2, { error: { code: 'LF_USAGE' } }]);
});

it('is a table for people: what is gone, what is left, and a last line that counts', async () => {
  const { path } = fakeRoot({ '/etc/hosts': '10.0.0.1 a.ec2.internal\n', '/root/.bash_history': 'ls\n' });
  const cli = commandLine();
  expect(await cli.run('doctor', '--root', path)).toBe(6);
  const lines = cli.out().trimEnd().split('\n');
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^failure {2}resolver {6}\/\S+\/etc\/hosts:1 names us-east-1 \(a\.ec2\.internal\) \[LF_REGION_HOST\]$/,
    ),
  );
  expect(lines.at(-1)).toBe('1 failure, 1 warning, 0 notes');
});

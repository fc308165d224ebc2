import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSandbox } from '#scripts/sandbox/sandbox.ts';
import { commandLine, type CommandLine } from '../support/command-line.ts';
import { until } from '../support/patience.ts';

/** Command lines on one instance in Ireland; time is real, nothing waits for it. */
async function instance(text = 'a=1\nb=2\n') {
  const sandbox = await startSandbox();
  const { imdsUrl } = await sandbox.addInstance({
    region: 'eu-west-1',
    tags: { role: 'web' },
    instanceId: 'i-0abc',
  });
  sandbox.addBucket({ name: 'config-eu-west-1', region: 'eu-west-1' });
  sandbox.putObject('config-eu-west-1', 'p/base/app.properties', text);
  const folder = await mkdtemp(join(tmpdir(), 'landfall-run-'));
  onTestFinished(async () => {
    await sandbox.close();
    await rm(folder, { recursive: true });
  });
  const env = {
    AWS_EC2_METADATA_SERVICE_ENDPOINT: imdsUrl,
    AWS_ENDPOINT_URL: sandbox.url,
    LANDFALL_SOURCE: 's3://config-{region}/p',
    LANDFALL_STATE_DIR: join(folder, 'state'),
    LANDFALL_RUN_DIR: join(folder, 'run'),
    LANDFALL_LISTEN: '',
  };
  return { sandbox, line: () => commandLine(env) };
}

/** Once the API listens and the first check is over, in whichever order. */
const up = (cli: CommandLine, message: string) =>
  until(() => ['the local API listens', message].every((text) => cli.err().includes(`"message":"${text}"`)));

describe('bootstrap', () => {
  it('boots once, prints a summary and ends', async () => {
    const { line } = await instance();
    const cli = line();
    expect(await cli.run('bootstrap')).toBe(0);
    expect(cli.out()).toBe(
      [
        'region       eu-west-1',
        'instance     i-0abc',
        'role         web',
        'environment  none',
        'generation   1, 2 keys',
        '',
      ].join('\n'),
    );
  });

  it('with --json prints the status, and the log keeps to stderr', async () => {
    const { line } = await instance();
    const cli = line();
    expect(await cli.run('bootstrap', '--json')).toBe(0);
    expect(JSON.parse(cli.out())).toMatchObject({ ready: true, generation: { number: 1, keys: 2 } });
    for (const entry of cli.err().trimEnd().split('\n'))
      expect(() => JSON.parse(entry) as unknown).not.toThrow();
  });

  it('that is refused ends with the code, and every problem below the error', async () => {
    const { line } = await instance('x=${nope}\ny=${nada}\n');
    const cli = line();
    expect(await cli.run('bootstrap')).toBe(5);
    expect(cli.out()).toBe('');
    expect(cli.err()).toMatch(/^landfall: resolve the configuration: /m);
    expect(cli.err()).toContain('[LF_REFERENCE_UNKNOWN]');
    expect(cli.err()).toMatch(/^ {2}base\/app\.properties:2/m);
  });

  it('that names another region ends with 6', async () => {
    const { line } = await instance('q=sqs.us-east-1.amazonaws.com\n');
    expect(await line().run('bootstrap')).toBe(6);
  });

  it('that is stopped says so', async () => {
    const { sandbox, line } = await instance();
    sandbox.faults.add({ service: 's3', effect: 'hang' });
    const cli = line();
    const done = cli.run('bootstrap');
    await until(() => sandbox.requests.entries.some(({ service }) => service === 's3'));
    cli.signal('stop');
    expect(await done).toBe(1);
    expect(cli.err()).toContain('stopped by a signal before a generation was accepted');
  });
});

describe('run', () => {
  it('serves until it is stopped, which is no error; SIGHUP polls', async () => {
    const { sandbox, line } = await instance();
    const cli = line();
    const done = cli.run('run');
    await up(cli, 'generation active');
    const asking = line();
    expect(await asking.run('get', 'a')).toBe(0);
    expect(asking.out()).toBe('1\n');
    sandbox.putObject('config-eu-west-1', 'p/base/app.properties', 'a=7\nb=2\n');
    cli.signal('refresh');
    await until(() => cli.err().split('"message":"generation active"').length === 3);
    const after = line();
    await after.run('get', 'a');
    expect(after.out()).toBe('7\n');
    cli.signal('stop');
    expect(await done).toBe(0);
    expect(await line().run('status')).toBe(8);
  });

  it('shows its status to people: who, what, how fresh, overrides', async () => {
    const { line } = await instance();
    const cli = line();
    const done = cli.run('run');
    await up(cli, 'generation active');
    await line().run('set', 'a', '9', '--for', '1h', '--reason', 'ticket\n4711');
    const status = line();
    expect(await status.run('status')).toBe(0);
    expect(status.out()).toMatch(/^landfall 1\.2\.3 {2}ready, up /);
    for (const row of [
      /^instance {8}i-0abc in eu-west-1 \(eu-west-1a\), account \d{12}$/m,
      /^role {12}web, environment none$/m,
      /^generation {6}2, 2 keys, [0-9a-f]{12}, active for /m,
      /^source {10}s3:\/\/config-eu-west-1\/p \(tree\), every 30s$/m,
      /^checked {9}\d+m?s ago$/m,
      /^detours {9}\w+ to http:\/\/127\.0\.0\.1:\d+/m,
      /^guard {11}enforce, 0 findings, 0 of unknown region, 0 hints$/m,
      /^override {8}a until [^ ]+: "ticket\\n4711"$/m,
    ]) {
      expect(status.out()).toMatch(row);
    }
    cli.signal('stop');
    await done;
  });

  it('shows why it is not ready, problem by problem', async () => {
    const { line } = await instance('x=${nope}\ny=${nada}\n');
    const cli = line();
    const done = cli.run('run');
    await up(cli, 'not ready');
    const status = line();
    expect(await status.run('status')).toBe(0);
    expect(status.out()).toMatch(/^landfall 1\.2\.3 {2}not ready/);
    expect(status.out()).toMatch(/^generation {6}none yet$/m);
    expect(status.out()).toMatch(
      /^checked {9}never, stale: resolve the configuration: .*\[LF_REFERENCE_UNKNOWN\]$/m,
    );
    expect(status.out()).toMatch(/^ {16}base\/app\.properties:2/m);
    expect(await line().run('get', 'x')).toBe(5);
    cli.signal('stop');
    expect(await done).toBe(0);
  });

  it('a second one on the same state folder is refused with 2', async () => {
    const { line } = await instance();
    const first = line();
    const done = first.run('run');
    await up(first, 'generation active');
    const second = line();
    expect(await second.run('run')).toBe(2);
    expect(second.err()).toContain('[LF_STATE_LOCKED]');
    first.signal('stop');
    expect(await done).toBe(0);
  });
});

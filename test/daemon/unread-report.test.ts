import { describe, expect, it } from 'vitest';
import { commandLine } from '../support/command-line.ts';
import { daemonBench, type DaemonBench } from '../support/daemon-bench.ts';
import { finish } from '../support/patience.ts';
import { ask } from '../support/raw-http.ts';

interface Unread {
  readonly file: string;
  readonly message: string;
}

async function unreadOf(bench: DaemonBench): Promise<readonly Unread[]> {
  const status = (await ask(bench.socket, { path: '/v1/status' })).json() as {
    readonly source: { readonly unread: readonly Unread[] };
  };
  return status.source.unread;
}

describe('a file that nobody reads', () => {
  it.each([
    ['base/app.YML', 'the ending is .yml, in small letters'],
    ['base/app.toml', 'is read by no instance'],
    ['base/app.yaml.txt', 'call it app.yaml'],
    ['app.properties', 'belongs to no layer'],
    ['roles/web/app.yaml', 'belongs to no layer'],
  ])('is named in the status: %s', async (path, says) => {
    const bench = await daemonBench();
    bench.put('base/app.properties', 'a=1\n');
    bench.put(path, 'b: 2\n');
    const daemon = await bench.daemon();
    await finish(bench.clock, daemon.booted);
    expect(await unreadOf(bench)).toEqual([{ file: path, message: expect.stringContaining(says) as string }]);
    expect(bench.log.filter((line) => line.includes('files that nobody reads'))).toHaveLength(1);
  });

  it('is one of a region with a slip, with the one that was meant', async () => {
    const bench = await daemonBench();
    bench.put('base/app.properties', 'a=1\n');
    bench.put('region/eu-wset-1/app.properties', 'a=2\n');
    await finish(bench.clock, (await bench.daemon()).booted);
    expect(await unreadOf(bench)).toEqual([
      { file: 'region/eu-wset-1', message: expect.stringContaining('did you mean eu-west-1?') as string },
    ]);
  });

  it('is a layer in other letters than the tag of the instance, and no layer of another role', async () => {
    const bench = await daemonBench({ tags: { role: 'Web', environment: 'prod' } });
    bench.put('base/app.properties', 'a=1\n');
    bench.put('role/web/app.properties', 'a=2\n');
    bench.put('role/webs/app.properties', 'a=2\n');
    bench.put('environment/prod/app.properties', 'b=2\n');
    bench.put('environment/PROD/app.properties', 'b=3\n');
    await finish(bench.clock, (await bench.daemon()).booted);
    expect(await unreadOf(bench)).toEqual([
      {
        file: 'role/web',
        message: expect.stringContaining('the layer of this instance is role/Web') as string,
      },
    ]);
  });

  it('is none of other roles, of other regions, of the plan or for people', async () => {
    const bench = await daemonBench();
    bench.put('base/app.properties', 'a=1\n');
    bench.put('base/README.md', 'read me\n');
    bench.put('base/shape.schema', '{}');
    bench.put('base/plan.yaml', 'schema: shape.schema\n');
    bench.put('role/worker/app.properties', 'a=2\n');
    bench.put('role/worker/templates/deep/x.yaml', 'a: 2\n');
    bench.put('region/us-east-1/app.properties', 'a=2\n');
    bench.put('ip-ranges.json', '{}');
    bench.put('fleet/environment/prod/migrate/ab.json', '{}');
    await finish(bench.clock, (await bench.daemon()).booted);
    expect(await unreadOf(bench)).toEqual([]);
  });

  it('is named no more when it is gone, and is no failure', async () => {
    const bench = await daemonBench();
    bench.put('base/app.properties', 'a=1\n');
    bench.put('base/app.YML', 'b: 2\n');
    const daemon = await bench.daemon();
    await finish(bench.clock, daemon.booted);
    expect(await unreadOf(bench)).toHaveLength(1);
    bench.sandbox.deleteObject('config-eu-west-1', 'payroll/base/app.YML');
    await finish(bench.clock, daemon.refresh());
    expect(await unreadOf(bench)).toEqual([]);
  });

  it('is told by doctor, and by the screen of status', async () => {
    const bench = await daemonBench();
    bench.put('base/app.properties', 'a=1\n');
    bench.put('base/app.YML', 'b: 2\n');
    await finish(bench.clock, (await bench.daemon()).booted);
    const env = {
      AWS_EC2_METADATA_SERVICE_ENDPOINT: bench.instance.imdsUrl,
      AWS_ENDPOINT_URL: bench.sandbox.url,
      LANDFALL_SOURCE: 's3://config-{region}/payroll',
      LANDFALL_STATE_DIR: bench.stateDir,
      LANDFALL_RUN_DIR: bench.runDir,
    };
    const doctor = commandLine(env);
    expect(await doctor.run('doctor')).toBe(0);
    expect(doctor.out()).toMatch(/warning +unread +base\/app\.YML: is read by no instance/);
    const status = commandLine(env);
    await status.run('status');
    expect(status.out()).toMatch(/unread +base\/app\.YML: is read by no instance/);
  });
});

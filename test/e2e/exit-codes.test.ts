import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newBase, type Home } from './citizen.ts';
import { Payroll, TREE, type PayrollOptions } from './payroll.ts';

interface ExitCase {
  readonly exit: number;
  readonly code: string;
  readonly payroll?: PayrollOptions;
  readonly home?: Partial<Home>;
}

const ONCE = { LANDFALL_BOOT_TIMEOUT: '3s' };
const withFile = (path: string, text: string): PayrollOptions => ({ files: { ...TREE, [path]: text } });

/** Each number a command can end with, and every reason that makes it that number. */
const CASES: Readonly<Record<string, ExitCase>> = {
  'an unknown command': { exit: 2, code: 'LF_USAGE', home: { args: ['launch'] } },
  'an unknown option': { exit: 2, code: 'LF_USAGE', home: { args: ['status', '--loud'] } },
  'a missing argument': { exit: 2, code: 'LF_USAGE', home: { args: ['get'] } },
  'no source': { exit: 2, code: 'LF_SETTINGS', home: { args: ['run'], source: '' } },
  'a source that is no address': { exit: 2, code: 'LF_SETTINGS', home: { args: ['run'], source: 'acme' } },
  'a wrong setting': { exit: 2, code: 'LF_SETTINGS', home: { env: { LANDFALL_INTERVAL: 'often' } } },
  'an interval below 1s': { exit: 2, code: 'LF_SETTINGS', home: { env: { LANDFALL_INTERVAL: '999ms' } } },
  'an address to listen on that others reach': {
    exit: 2,
    code: 'LF_SETTINGS',
    home: { args: ['run'], env: { LANDFALL_LISTEN: '0.0.0.0:5263' } },
  },
  'a settings file that is not there': {
    exit: 2,
    code: 'LF_SETTINGS',
    home: { args: ['bootstrap', '--config', '/nowhere/agent.yaml'] },
  },
  'a state dir that is a file': {
    exit: 2,
    code: 'LF_STATE_DIR',
    home: { env: { LANDFALL_STATE_DIR: '/etc/hostname' } },
  },
  'a metadata service that is down': {
    exit: 3,
    code: 'LF_IMDS_UNREACHABLE',
    payroll: { instance: { mode: 'down' } },
  },
  'a metadata service of version 1': {
    exit: 3,
    code: 'LF_IMDS_V1_ONLY',
    payroll: { instance: { mode: 'v1-only' } },
  },
  'a disabled metadata service': {
    exit: 3,
    code: 'LF_IMDS_DISABLED',
    payroll: { instance: { mode: 'disabled' } },
  },
  'an instance without a role': { exit: 3, code: 'LF_CREDENTIALS', payroll: { instance: { role: null } } },
  'a bucket that does not exist': {
    exit: 4,
    code: 'LF_BUCKET_MISSING',
    home: { source: 's3://no-such-bucket-{region}/x', env: { LANDFALL_BOOT_TIMEOUT: '10m' } },
  },
  'a source with nothing in it': { exit: 4, code: 'LF_SOURCE_EMPTY', payroll: { files: {} } },
  'a bucket of another account': { exit: 4, code: 'LF_SOURCE_DENIED', payroll: { owner: '999999999999' } },
  'a layer that cannot be parsed': {
    exit: 5,
    code: 'LF_PARSE',
    payroll: withFile('environment/prod/prod.properties', 'log.level=\\u12\n'),
  },
  'a required key without a value': {
    exit: 5,
    code: 'LF_REQUIRED_MISSING',
    payroll: withFile('base/plan.yaml', 'require: [db.password]\n'),
  },
  'a value of another region': {
    exit: 6,
    code: 'LF_REGION_FOREIGN',
    payroll: withFile('role/web/queue.properties', 'queue=https://sqs.us-east-1.amazonaws.com/1/q\n'),
  },
  'an endpoint of another region': {
    exit: 6,
    code: 'LF_ENDPOINT_FOREIGN',
    home: { env: { AWS_ENDPOINT_URL_S3: 'https://s3.us-east-1.amazonaws.com' } },
  },
  'no agent': { exit: 8, code: 'LF_AGENT_NOT_RUNNING', home: { args: ['get', 'db.host'] } },
};

describe('the exit code', () => {
  it.concurrent.each(Object.entries(CASES))('tells %s', async (_, { exit, code, payroll, home }) => {
    await using world = await Payroll.open(payroll);
    const env = { ...ONCE, ...home?.env };
    const plain = await world.finish({ ...home, env });
    expect([plain.code, plain.stderr]).toEqual([exit, expect.stringContaining(`[${code}]`)]);
    const sentence = plain.stderr.split('\n').filter((line) => line.startsWith('landfall: '));
    expect(sentence, plain.stderr).toHaveLength(1);
    expect(plain.stderr).not.toMatch(/^ +at .+:\d+/m);

    const json = await world.finish({ ...home, env, args: [...(home?.args ?? ['bootstrap']), '--json'] });
    expect(json.code).toBe(exit);
    const last = json.stderr.trimEnd().split('\n').at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject({
      error: {
        code,
        operation: expect.any(String) as string,
        subject: expect.any(String) as string,
        cause: expect.any(String) as string,
        hint: expect.stringMatching(/\S/) as string,
      },
    });
  });

  it('is 1 for what nobody foresaw, as a bootstrap that is interrupted', async () => {
    await using world = await Payroll.open({ files: {} });
    const { agent } = world.start({ args: ['bootstrap'] });
    await world.sandbox.requests.next(({ service }) => service === 's3');
    expect(await agent.stop()).toBe(1);
  });

  it('is 2 when the port is taken', async () => {
    await using world = await Payroll.open();
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const listen = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code, stderr } = await world.finish({ args: ['run'], env: { LANDFALL_LISTEN: listen } });
    server.close();
    expect([code, stderr]).toEqual([2, expect.stringContaining('[LF_LISTEN]')]);
  });

  it('is 2 for a name in the settings file that is none', async () => {
    await using world = await Payroll.open();
    const base = newBase();
    const file = join(base, 'agent.yaml');
    writeFileSync(file, 'intervall: 30s\n');
    const { code, stderr } = await world.finish({ base, args: ['bootstrap', '--config', file] });
    expect([code, stderr]).toEqual([2, expect.stringContaining('intervall')]);
    rmSync(base, { recursive: true, force: true });
  });

  it('is 0 after a bootstrap, which leaves nothing running and no lock', async () => {
    await using world = await Payroll.open();
    const first = world.start({ args: ['bootstrap'] });
    expect(await first.agent.exited()).toBe(0);
    expect((await world.finish({ base: first.base })).code).toBe(0);
  });

  it('comes with a stack trace only when asked for one', async () => {
    await using world = await Payroll.open();
    const { code, stderr } = await world.finish({ args: ['status', '--debug'] });
    expect([code, stderr]).toEqual([8, expect.stringMatching(/^ +at .+:\d+/m)]);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { opsBench, PAYROLL, type OpsBench } from './ops-bench.ts';

let bench: OpsBench;
beforeEach(async () => {
  bench = await opsBench();
});

const preview = async (files: Readonly<Record<string, string>>, ...args: string[]) =>
  bench.run('preview', await bench.folder(files), ...args);

describe('landfall-ops preview', () => {
  it('prints what an instance would be served', async () => {
    const files = { ...PAYROLL, 'base/list.yaml': 'hosts: [a, b]\n"10": ten\n' };
    const ran = await preview(files, '--region', 'eu-west-1', '--role', 'web', '--format', 'json');
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(ran.out)).toEqual({
      properties: {
        '10': 'ten',
        'app.name': 'payroll',
        'db.host': 'a.eu-west-1.rds.amazonaws.com',
        hosts: ['a', 'b'],
        'hosts.0': 'a',
        'hosts.1': 'b',
        queue: 'https://sqs.eu-west-1.amazonaws.com/pay',
        workers: '8',
      },
    });
  });

  it('a role that the folder has no layer of is refused, with those that it has', async () => {
    const files = { ...PAYROLL, 'role/worker/a.yaml': 'a: 1\n', 'environment/prod/a.yaml': 'b: 1\n' };
    const here = ['--region', 'eu-west-1'];
    const slip = await preview(files, ...here, '--role', 'wroker');
    expect(slip).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('Did you mean worker?') as string,
    });
    const other = await preview(files, ...here, '--role', 'batch');
    expect(other.err).toMatch(/--role batch: .* roles are web, worker\. .*\[LF_USAGE\]/);
    expect((await preview(files, ...here, '--role', 'web', '--environment', 'dev')).err).toContain(
      'are prod.',
    );
    // A folder that keeps no roles apart has nothing to say about one.
    expect((await preview({ 'base/a.yaml': 'a: 1\n' }, ...here, '--role', 'batch')).code).toBe(0);
  });

  it('prints the formats of the API, and a table with the place of each value', async () => {
    const here = ['--region', 'eu-west-1', '--role', 'web'];
    expect((await preview(PAYROLL, ...here, '--format', 'env')).out).toContain('DB_HOST="a.eu-west-1');
    expect((await preview(PAYROLL, ...here, '--format', 'properties')).out).toContain('workers=8\n');
    expect((await preview(PAYROLL, ...here, '--format', 'yaml')).out).toContain('workers: "8"');
    expect((await preview(PAYROLL, ...here, '--format', 'table')).out).toMatch(
      /workers +8 +role\/web\/web\.yaml:1/,
    );
  });

  it('fills the facts it cannot know from flags', async () => {
    const files = {
      'base/a.properties': 'a = ${@account} ${@zone} ${@instanceId}\n',
      'instance/i-1/b.properties': 'b = 1\n',
      'team/x/c.properties': 'c = 1\n',
    };
    const ran = await preview(
      files,
      '--region',
      'eu-west-1',
      '--account',
      '111122223333',
      '--zone',
      'eu-west-1c',
      '--instance',
      'i-1',
      '--tag',
      'team=x',
      '--layers',
      'base,team/{tag:team},instance/{instanceId}',
    );
    expect(JSON.parse(ran.out)).toEqual({ properties: { a: '111122223333 eu-west-1c i-1', b: '1', c: '1' } });
  });

  it('shows what the guard refuses, and fails', async () => {
    const ran = await preview(
      { 'base/a.properties': 'h = sqs.us-east-1.amazonaws.com\n' },
      '--region',
      'eu-west-1',
    );
    expect(ran.code).toBe(6);
    expect(JSON.parse(ran.out)).toEqual({ properties: { h: 'sqs.us-east-1.amazonaws.com' } });
  });

  it('prints nothing of what cannot be resolved', async () => {
    expect(await preview({ 'base/a.properties': 'h = ${nope}\n' }, '--region', 'eu-west-1')).toMatchObject({
      code: 5,
      out: '',
    });
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { BOTH, opsBench, PAYROLL, type OpsBench } from './ops-bench.ts';

const FILE = 'base/secret.properties';
const ELSEWHERE = 'arn:aws:ssm:us-east-1:111122223333:parameter/db';

let bench: OpsBench;
beforeEach(async () => {
  bench = await opsBench();
});

const run = async (command: string, line: string, ...args: string[]) =>
  bench.run(command, await bench.folder({ ...PAYROLL, [FILE]: `${line}\n` }), ...args);

describe('a reference to a secret', () => {
  it('is no error, whatever the parameter is called', async () => {
    for (const line of ['p = ${@ssm:/us-east-1/db}', 'p = ${@secret:db#password:none}']) {
      expect(await run('lint', line)).toMatchObject({ code: 0, err: '' });
    }
  });

  it('reads [secret] in a preview', async () => {
    const here = ['--region', 'eu-west-1', '--role', 'web', '--format', 'properties'];
    expect((await run('preview', 'p = pg://u:${@ssm:/db}@h', ...here)).out).toContain(
      'p=pg://u:[secret]@h\n',
    );
  });

  it('is published as it is written, and another one is a change', async () => {
    await run('publish', 'p = <${@ssm:/db}>', ...BOTH);
    const { layers } = await bench.read('eu-west-1', ['base']);
    const file = layers[0]?.files.find(({ path }) => path === 'secret.properties');
    expect(Buffer.from(file?.bytes ?? []).toString()).toBe('p = <${@ssm:/db}>\n');
    const again = await run('publish', 'p = <${@ssm:/db/2}>', ...BOTH);
    expect(again).toMatchObject({ code: 0 });
    expect(again.out).toContain('<[@ssm:/db]> -> <[@ssm:/db/2]>');
  });

  it.each([
    [
      'of another region',
      `p = \${@ssm:${ELSEWHERE}}`,
      'LF_REGION_FOREIGN',
      'it is in us-east-1, this instance is in eu-west-1',
    ],
    ['that is none', 'p = ${@ssm:/a b}', 'LF_SECRET_INVALID', 'no name of a parameter'],
    ['made with a secret', 'p = ${@ssm:/a/${@ssm:/b}}', 'LF_SECRET_INVALID', 'may not be part of a name'],
  ])('by a name %s is an error', async (_, line, code, message) => {
    const ran = await run('lint', line, '--json');
    expect(ran.code).not.toBe(0);
    expect(ran.out + ran.err).toContain(code);
    expect(ran.out + ran.err).toContain(message);
  });

  it('by an ARN is fine in the layer of its own region', async () => {
    const files = { ...PAYROLL, 'region/us-east-1/secret.properties': `p = \${@ssm:${ELSEWHERE}}\n` };
    expect(await bench.run('lint', await bench.folder(files))).toMatchObject({ code: 0, err: '' });
  });
});

import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { beforeEach } from 'vitest';
import { execFileSync } from 'node:child_process';
import { BOTH, opsBench, PAYROLL, TO, type OpsBench } from './ops-bench.ts';
import { linter } from './linted.ts';

/** Of the system, not of a package. */
const MKFIFO = 'mkfifo';
const lint = linter();
let bench: OpsBench;
beforeEach(async () => {
  bench = await opsBench();
});

describe('a name that no instance takes', () => {
  it.each([
    ['a backslash', 'base/x\\y.properties'],
    ['a line feed', 'base/a\nb.properties'],
    ['an escape', 'base/files/a\u001Bb'],
    ['a backslash in a folder', 'role/a\\b/x.properties'],
    [
      'more than 900 bytes',
      `base/files/${'d'.repeat(200)}/${'e'.repeat(200)}/${'f'.repeat(250)}/${'g'.repeat(250)}/x`,
    ],
  ])('%s is refused by lint and by publish, and nothing is written', async (_, file) => {
    const linted = await lint({ [file]: 'x = 1\n' });
    expect(linted.code).toBe(5);
    expect(linted.problems.filter((row) => row.startsWith('LF_NAME_INVALID'))).toHaveLength(1);
    const ran = await bench.run('publish', await bench.folder({ ...PAYROLL, [file]: 'x = 1\n' }), ...BOTH);
    expect(ran).toMatchObject({ code: 5, err: expect.stringContaining('LF_NAME_INVALID') });
    expect(bench.keys('eu-west-1')).toEqual([]);
  });

  it('that is not UTF-8 is said to be that', async () => {
    const folder = await bench.folder(PAYROLL);
    await writeFile(
      Buffer.concat([Buffer.from(`${folder}/base/bad`), Buffer.from([0xff]), Buffer.from('.properties')]),
      'k=1',
    );
    const ran = await bench.run('lint', folder);
    expect(ran).toMatchObject({ code: 5, err: expect.stringContaining('is not UTF-8') });
  });
});

describe('a folder with several things that cannot be read', () => {
  it('hears of all of them at once, with those of the content', async () => {
    const folder = await bench.folder({ ...PAYROLL, 'base/z.yaml': 'a: [' });
    await mkdir(path.join(folder, 'base/files'));
    await symlink('nowhere', path.join(folder, 'base/files/x'));
    await symlink('/etc/passwd', path.join(folder, 'base/files/y'));
    execFileSync(MKFIFO, [path.join(folder, 'base/files/p')]);
    const ran = await bench.run('lint', folder, '--json');
    const { problems, warnings } = JSON.parse(ran.out) as Record<string, { code: string; file: string }[]>;
    expect(ran.code).toBe(5);
    expect(problems?.map(({ file }) => file)).toEqual(['base/files/x', 'base/files/y', 'base/z.yaml']);
    expect(warnings?.map(({ code, file }) => `${code} ${file}`)).toContain('LF_FILE_UNREAD base/files/p');
  });
});

describe('a link to a folder', () => {
  it('is the layer whose place it has, and what is published has it', async () => {
    const folder = await bench.folder(PAYROLL);
    await symlink('web', path.join(folder, 'role/api'));
    expect((await bench.run('lint', folder)).out).toContain('4 kinds of instances');
    await bench.run('publish', folder, ...BOTH);
    expect(Object.keys(bench.pointer('eu-west-1')?.stable.layers ?? {})).toContain('role/api');
  });

  it('is refused as a layer when it leads elsewhere, and warned of within one', async () => {
    const folder = await bench.folder(PAYROLL);
    await symlink('/etc', path.join(folder, 'role/etc'));
    expect(await bench.run('lint', folder)).toMatchObject({
      code: 5,
      err: expect.stringContaining('role/etc'),
    });
    const other = await bench.folder({ ...PAYROLL, 'base/files/a/x': '1', 'base/files/b': 'x' });
    await symlink('a', path.join(other, 'base/files/linked'));
    expect(await bench.run('lint', other)).toMatchObject({
      code: 0,
      out: expect.stringContaining('is a link to a folder'),
    });
  });
});

describe('a pointer that nobody can read', () => {
  const HERE = [...TO, '--region', 'eu-west-1'];
  it.each([
    ['no JSON', 'what?'],
    ['a bad name', JSON.stringify({ format: 1, region: 'eu-west-1', stable: { id: '..', layers: {} } })],
  ])('%s: is replaced by the next publication', async (_, text) => {
    await bench.run('publish', await bench.folder(PAYROLL), ...BOTH);
    bench.sandbox.putObject('payroll-eu-west-1', 'landfall/current.json', text);
    expect((await bench.run('releases', ...HERE)).err).toContain('LF_MANIFEST_INVALID');
    const ran = await bench.run('publish', await bench.folder(PAYROLL), ...BOTH);
    expect(ran, ran.err).toMatchObject({ code: 0, out: expect.stringContaining('that nobody can read') });
    expect((await bench.run('releases', ...HERE)).out).toContain('current');
  });

  it('of a newer version is left alone', async () => {
    const text = JSON.stringify({ format: 2, region: 'eu-west-1' });
    bench.sandbox.putObject('payroll-eu-west-1', 'landfall/current.json', text);
    expect((await bench.run('publish', await bench.folder(PAYROLL), ...BOTH)).code).toBe(5);
    expect(bench.pointer('eu-west-1')).toMatchObject({ format: 2 });
  });
});

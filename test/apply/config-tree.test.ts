import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileNameOf, removeConfigTree, stageConfigTree } from '#agent/apply/targets/config-tree.ts';
import { fenceRunFolder } from '#config-service';
import { valueOf } from '../support/fetching.ts';
import { generationOf } from '../support/generations.ts';
import { HERE } from '../support/sealing.ts';

let run: string;
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'landfall-tree-'));
});
afterEach(() => rm(run, { recursive: true }));

const stage = async (values: Readonly<Record<string, string>>, number = 1) =>
  valueOf(await stageConfigTree(run, generationOf(number, values)));
const read = (name: string): Promise<string> => readFile(join(run, name), 'utf8');
const trees = async () => (await readdir(run)).filter((name) => name.startsWith('tree-'));

describe('a generation as files', () => {
  it('has a file a key with exactly its value, and all of them as variables', async () => {
    const tree = await stage({ 'db.host': 'a', empty: '', lines: 'a\nb\n' });
    await expect(read('config/db.host')).rejects.toThrow('ENOENT');
    tree.flip();
    expect(await readdir(join(run, 'config'))).toEqual(['db.host', 'empty', 'lines']);
    expect([await read('config/db.host'), await read('config/empty'), await read('config/lines')]).toEqual([
      'a',
      '',
      'a\nb\n',
    ]);
    expect(await read('config.env')).toBe('DB_HOST="a"\nEMPTY=""\nLINES="a\nb\n"\n');
    expect((await stat(join(run, 'config/db.host'))).mode & 0o777).toBe(0o644);
  });

  it('changes whole with one rename, goes back, and keeps the one before for those who are reading it', async () => {
    const first = await stage({ a: '1' });
    first.flip();
    await first.settle();
    const before = await readlink(join(run, 'config'));
    const second = await stage({ a: '2', b: '2' }, 2);
    second.flip();
    expect([await read('config/a'), await read('config.env')]).toEqual(['2', 'A="2"\nB="2"\n']);
    second.flipBack();
    expect([await read('config/a'), await read('config.env')]).toEqual(['1', 'A="1"\n']);
    await second.settle();
    const again = await stage({ a: '2' }, 3);
    again.flip();
    await again.settle();
    expect(await read(`${before}/a`)).toBe('1');
    const third = await stage({ a: '3' }, 4);
    third.flip();
    await third.settle();
    expect(await trees()).toHaveLength(2);
    await expect(read(`${before}/a`)).rejects.toThrow('ENOENT');
  });

  it('is gone again when the first goes back, and leaves nothing when it never came', async () => {
    const tree = await stage({ a: '1' });
    tree.flip();
    tree.flipBack();
    await tree.settle();
    expect(await readdir(run)).toEqual([]);
  });

  it('replaces nothing that is not ours', async () => {
    await mkdir(join(run, 'config'));
    expect(await stageConfigTree(run, generationOf(1, {}))).toMatchObject({
      kind: 'fail',
      fault: { code: 'LF_APPLY_TARGET', subject: join(run, 'config') },
    });
    await rm(join(run, 'config'), { recursive: true });
    await symlink('/etc', join(run, 'config'));
    expect(await stageConfigTree(run, generationOf(1, {}))).toMatchObject({ kind: 'fail' });
    await removeConfigTree(run);
    await fenceRunFolder({ runDir: run, stateFolder: undefined, here: HERE, bootId: 'x' });
    expect(await readlink(join(run, 'config'))).toBe('/etc');
  });

  it('says that it cannot be written, and leaves nothing half', async () => {
    expect(await stageConfigTree(join(run, 'nowhere'), generationOf(1, {}))).toMatchObject({
      kind: 'retry',
      fault: { code: 'LF_APPLY_WRITE' },
    });
  });

  it('takes away what a kill left, and all of itself when it is turned off', async () => {
    await mkdir(join(run, 'tree-abcdef'));
    const tree = await stage({ a: '1' });
    tree.flip();
    await tree.settle();
    expect(await trees()).toHaveLength(1);
    await writeFile(join(run, 'other'), '');
    await removeConfigTree(run);
    expect(await readdir(run)).toEqual(['other']);
  });

  it('is gone with another boot, or another instance, where the run folder is not', async () => {
    (await stage({ a: '1' })).flip();
    const removed = valueOf(
      await fenceRunFolder({ runDir: run, stateFolder: undefined, here: HERE, bootId: 'x' }),
    );
    expect(removed).toMatchObject([{ kind: 'run' }]);
    expect(await readdir(run)).toEqual([]);
  });
});

describe('the file of a key', () => {
  it.each([
    ['db.host', 'db.host'],
    ['a b', 'a b'],
    ['a/b', 'a%2Fb'],
    ['..', '%2E%2E'],
    ['.', '%2E'],
    ['.hidden', '.hidden'],
    ['', '%'],
    ['%', '%25'],
    ['100%', '100%'],
    ['a%2Fb', 'a%252Fb'],
    ['a\0b', 'a%00b'],
    ['ключ', 'ключ'],
  ])('%j is %j', (key, name) => {
    expect(fileNameOf(key)).toBe(name);
  });

  it('is one that every file system takes, and no other key has', () => {
    const keys = fc.uniqueArray(
      fc.string({ unit: fc.constantFrom('a', '.', '/', '%', '2', 'F', 'é', '\0'), maxLength: 400 }),
      { maxLength: 50 },
    );
    fc.assert(
      fc.property(keys, (all) => {
        const names = all.map((key) => fileNameOf(key));
        expect(new Set(names).size).toBe(all.length);
        for (const name of names) {
          expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
          expect(name).not.toMatch(/^\.{0,2}$|[/\0]/);
        }
      }),
    );
  });
});

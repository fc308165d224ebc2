import { execFileSync } from 'node:child_process';
import { chmod, lstat, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { tarOf } from '../../support/archives.ts';
import { generationOf } from '../../support/generations.ts';
import { changesOf, faultIn, initBench, type InitBench } from './init-bench.ts';

const doc = (url = 's3://app/app.tar') => ({ config: { sources: { 'ROOT/opt/app/': url } } });

/** What is packed: a file, a folder with a program, a link inside. */
async function packed(bench: InitBench, program: string, args: readonly string[]): Promise<Buffer> {
  const folder = bench.at('pack');
  await mkdir(`${folder}/bin`, { recursive: true });
  await writeFile(`${folder}/readme`, 'read me');
  await writeFile(`${folder}/bin/run`, '#!/bin/sh\n', { mode: 0o755 });
  await symlink('bin/run', `${folder}/start`).catch(() => {});
  execFileSync(program, [...args], { cwd: folder });
  return readFile(bench.at('archive'));
}

test.each([
  ['tar', ['-cf']],
  ['tar', ['-czf']],
  ['tar', ['-cjf']],
  ['tar', ['-cJf']],
])('%s %s is unpacked, once', async (program, args) => {
  const bench = await initBench();
  await bench.put('app/app.tar', await packed(bench, program, [...args, bench.at('archive'), '.']));
  expect(changesOf(await bench.preview(doc()))).toEqual(['unpack /opt/app']);
  await expect(lstat(bench.at('opt'))).rejects.toThrow('ENOENT');
  expect(changesOf(await bench.run(doc()))).toEqual(['unpack /opt/app']);
  expect(await readFile(bench.at('opt/app/readme'), 'utf8')).toBe('read me');
  expect((await lstat(bench.at('opt/app/bin/run'))).mode & 0o777).toBe(0o755);
  expect(await readlink(bench.at('opt/app/start'))).toBe('bin/run');
  expect((await readdir(bench.at('opt/app'))).toSorted()).toEqual(['bin', 'readme', 'start']);
  expect(changesOf(await bench.run(doc()))).toEqual([]);
});

test('a folder that is made gets the mode of the archive’s own; one that is there keeps its mode', async () => {
  const bench = await initBench();
  const mode = async () => ((await lstat(bench.at('opt/app'))).mode & 0o7777).toString(8);
  await mkdir(bench.at('pack'));
  await chmod(bench.at('pack'), 0o710);
  await bench.put('app/app.tar', await packed(bench, 'tar', ['-cf', bench.at('archive'), '.']));
  changesOf(await bench.run(doc()));
  expect(await mode()).toBe('710');
  await chmod(bench.at('opt/app'), 0o700);
  await bench.put('app/app.tar', await packed(bench, 'tar', ['-czf', bench.at('archive'), '.']));
  expect(changesOf(await bench.run(doc()))).toEqual(['unpack /opt/app']);
  expect(await mode()).toBe('700');
});

test('a zip is told by what it is, not by its name', async () => {
  const bench = await initBench();
  const zip =
    'import os,zipfile\nz=zipfile.ZipFile(os.sys.argv[1],"w")\nz.write("readme")\nz.write("bin/run")';
  await bench.put('app/app.tar', await packed(bench, 'python3', ['-c', zip, bench.at('archive')]));
  expect(changesOf(await bench.run(doc()))).toHaveLength(1);
  expect(await readFile(bench.at('opt/app/bin/run'), 'utf8')).toContain('#!/bin/sh');
});

test('a new archive goes over what is there and leaves the rest; a folder that is gone is filled again', async () => {
  const bench = await initBench();
  await bench.put('app/app.tar', tarOf({ a: 'one', 'sub/b': 'one' }));
  changesOf(await bench.run(doc()));
  await writeFile(bench.at('opt/app/own'), 'mine');
  await bench.put('app/app.tar', tarOf({ a: 'two' }));
  expect(changesOf(await bench.run(doc()))).toEqual(['unpack /opt/app']);
  expect(await readFile(bench.at('opt/app/a'), 'utf8')).toBe('two');
  expect(await readFile(bench.at('opt/app/own'), 'utf8')).toBe('mine');
  expect(await readFile(bench.at('opt/app/sub/b'), 'utf8')).toBe('one');
  await rm(bench.at('opt/app'), { recursive: true });
  expect(changesOf(await bench.run(doc()))).toHaveLength(1);
});

test.each([
  ['a link out of it', { evil: { link: '../../../etc' } }],
  ['an absolute link', { evil: { link: '/etc/passwd' } }],
  ['a link over a link', { x: { link: '.' }, 'a/b': '', 'a/y': { link: '..' }, z: { link: 'a/y/../..' } }],
])('an archive with %s is refused, and nothing of it is put in place', async (_, entries) => {
  const bench = await initBench();
  await bench.put('app/app.tar', tarOf({ fine: 'fine', ...entries }));
  const fault = faultIn(await bench.run(doc()));
  expect(fault).toMatchObject({ code: 'LF_INIT', subject: `init.web config/sources/${bench.root}/opt/app` });
  expect(await readdir(bench.at('opt/app'))).toEqual([]);
});

test('names that climb out of the archive do not', async () => {
  const bench = await initBench();
  await bench.put('app/app.tar', tarOf({ '../../climbed': 'x' }));
  await bench.run(doc());
  await expect(lstat(bench.at('climbed'))).rejects.toThrow('ENOENT');
  await expect(lstat(bench.at('opt/climbed'))).rejects.toThrow('ENOENT');
});

test('what is no archive, and what is not there, says so', async () => {
  const bench = await initBench();
  await bench.put('app/app.tar', 'hello');
  expect(faultIn(await bench.run(doc())).cause).toContain('no archive');
  const before = generationOf(1, {});
  expect(await bench.run(doc('s3://app/none'))).toMatchObject({ kind: 'retry' });
  expect(faultIn(await bench.run(doc('s3://app/none'), { before })).cause).toContain('s3://app/none');
  expect(faultIn(await bench.run(doc('https://github.com/a/b/tarball/main'))).code).toBe(
    'LF_INIT_UNSUPPORTED',
  );
});

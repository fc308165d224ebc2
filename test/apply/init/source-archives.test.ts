import { execFileSync } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { tarOf, zipOf } from '../../support/archives.ts';
import { mountTmpfs, UNMOUNTABLE } from '../../support/mounts.ts';
import { changesOf, faultIn, initBench, type InitBench } from './init-bench.ts';

const DOC = { config: { sources: { 'ROOT/opt/app/': 's3://app/app.tar' } } };

/** What a shell line makes of `x`. */
async function packed(bench: InitBench, line: string): Promise<Buffer> {
  await mkdir(bench.at('pack'), { recursive: true });
  execFileSync('/bin/sh', ['-c', line], { cwd: bench.at('pack'), stdio: 'ignore' });
  return await readFile(bench.at('pack/x'));
}

async function brought(bench: InitBench, archive: Uint8Array, setuid: readonly string[] = []) {
  await bench.put('app/app.tar', archive);
  return await bench.run(DOC, { setuid });
}

describe('a source', () => {
  it.each([
    ['a tar of v7', 'echo one >a; tar --format=v7 -cf x a', ['a']],
    ['an empty tar', 'tar -cf x -T /dev/null', []],
    ['an empty tar, packed', 'tar -cJf x -T /dev/null', []],
    ['a zip', 'echo one >a; zip -q y a; mv y.zip x', ['a']],
    ['a zip behind a program', 'echo one >a; zip -q y a; (echo "#!/bin/sh"; cat y.zip) >x', ['a']],
  ])('may be %s', async (_, line, names) => {
    const bench = await initBench();
    expect(changesOf(await brought(bench, await packed(bench, line)))).toEqual(['unpack /opt/app']);
    expect(await readdir(bench.at('opt/app'))).toEqual(names);
  });

  it('may be a zip that unzip warns of: made on Windows', async () => {
    const bench = await initBench();
    const script =
      'import zipfile as z; i = z.ZipInfo("sub" + chr(92) + "a"); i.create_system = 0; z.ZipFile("x", "w").writestr(i, "one")';
    changesOf(await brought(bench, await packed(bench, `python3 -c '${script}'`)));
    expect(await readFile(bench.at('opt/app/sub/a'), 'utf8')).toBe('one');
  });

  it.runIf(process.geteuid?.() === 0).each([
    ['tar', 'tar -cf x d'],
    ['zip', 'zip -qry y.zip d; mv y.zip x'],
  ])('has no setuid and no owner of its own but where the plan names it: %s', async (_, pack) => {
    const bench = await initBench();
    const make =
      'mkdir d; : >d/tool; : >d/named; ln -s tool d/link; chown -hR 1234:1235 d; chmod 6755 d/tool d/named';
    const named = ['opt/app/d/named', 'opt/archive', 'opt/other/tool'].map((path) => bench.at(path));
    changesOf(await brought(bench, await packed(bench, `${make}; ${pack}`), named));
    const found = await Promise.all(
      ['', '/tool', '/named', '/link'].map((name) => lstat(bench.at(`opt/app/d${name}`))),
    );
    expect(found.map(({ uid, gid }) => `${uid}:${gid}`)).toEqual(['0:0', '0:0', '1234:1235', '0:0']);
    expect(found.slice(1, 3).map(({ mode }) => (mode & 0o7777).toString(8))).toEqual(['755', '6755']);
  });

  it.skipIf(UNMOUNTABLE)('keeps a named owner across a mount point', async () => {
    const bench = await initBench();
    await mkdir(bench.at('opt/app/data'), { recursive: true });
    mountTmpfs(bench.at('opt/app/data'), '1m');
    const make =
      'mkdir data; : >data/named; chown 1234:1235 data/named; chmod 4755 data/named; tar -cf x data';
    changesOf(await brought(bench, await packed(bench, make), [bench.at('opt/app/data/named')]));
    const { uid, gid, mode } = await stat(bench.at('opt/app/data/named'));
    expect([uid, gid, (mode & 0o7777).toString(8)]).toEqual([1234, 1235, '4755']);
  });

  it('may link to where it goes, and to programs of the system', async () => {
    const bench = await initBench();
    const current = { link: bench.at('opt/app/releases/1') };
    const links = { current, 'bin/python': { link: '/usr/bin/python3' }, 'releases/1/a': 'one' };
    changesOf(await brought(bench, tarOf(links)));
    expect(await readFile(bench.at('opt/app/current/a'), 'utf8')).toBe('one');
    expect(await readlink(bench.at('opt/app/bin/python'))).toBe('/usr/bin/python3');
  });

  it.each([
    ['a bomb in a tar', () => 'head -c 100M /dev/zero >z; tar -czf x z', 'more than 100 times'],
    ['a bomb in a zip', () => 'head -c 100M /dev/zero >z; zip -q y z; mv y.zip x', 'more than 100 times'],
    ['a pipe', () => 'mkfifo p; tar -cf x p', 'no file, folder or link'],
  ])('is refused, with nothing in place: %s', { timeout: 60_000 }, async (_, line, cause) => {
    const bench = await initBench();
    const fault = faultIn(await brought(bench, await packed(bench, line())));
    expect(fault).toMatchObject({ code: 'LF_INIT', cause: expect.stringContaining(cause) });
    expect(await readdir(bench.at('opt/app'))).toEqual([]);
  });

  it.each([
    ['by a little', { a: 'hello' }, 4],
    ['in the second member', { a: 'one', b: 'x'.repeat(1000) }, 3],
    ['by a hundred megabytes', { a: Buffer.alloc(100 << 20) }, 5],
  ])(
    'is refused before it is on the disk where a zip unpacks to more than it says: %s',
    async (_, members, said) => {
      const bench = await initBench();
      const fault = faultIn(await brought(bench, zipOf(members, { said })));
      expect(fault).toMatchObject({ code: 'LF_INIT', cause: 'it unpacks to more than it says' });
      expect(await readdir(bench.at('opt/app'))).toEqual([]);
    },
  );

  it.skipIf(UNMOUNTABLE)('goes over mount points below its folder', async () => {
    const bench = await initBench();
    await mkdir(bench.at('opt/app/data'), { recursive: true });
    mountTmpfs(bench.at('opt/app/data'), '1m');
    await writeFile(bench.at('opt/app/data/a'), 'old');
    await writeFile(bench.at('opt/app/data/own'), 'mine');
    const archive = tarOf({ 'data/a': 'new', 'data/sub/b': 'new', 'data/l': { link: 'a' }, c: 'new' });
    changesOf(await brought(bench, archive));
    expect(await readFile(bench.at('opt/app/data/a'), 'utf8')).toBe('new');
    expect(await readFile(bench.at('opt/app/data/sub/b'), 'utf8')).toBe('new');
    expect((await readdir(bench.at('opt/app/data'))).toSorted()).toEqual(['a', 'l', 'own', 'sub']);
    expect((await lstat(bench.at('opt/app/data/a'))).dev).toBe((await stat(bench.at('opt/app/data'))).dev);
  });
});

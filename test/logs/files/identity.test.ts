import { spawnSync } from 'node:child_process';
import { chmod, link, mkdir, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FileSystem } from '#agent/logs/files/file-system.ts';
import { nodeFileSystem } from '#agent/logs/files/node-file-system.ts';
import { expect, test } from 'vitest';
import { lines, TailLab } from './tail-lab.ts';

/** Of the system, not of a package. */
const MKFIFO = 'mkfifo';

test('case 14: another file with the inode of one that was deleted is read from its beginning', async () => {
  // The disk gives inodes back when it likes: here every name has the same one, always.
  const oneInode: FileSystem = {
    ...nodeFileSystem,
    stat: async (path) => {
      const stat = await nodeFileSystem.stat(path);
      return stat?.kind === 'file' ? { ...stat, inode: '42' } : stat;
    },
    open: async (path) => {
      const file = await nodeFileSystem.open(path);
      return file && { ...file, stat: async () => ({ ...(await file.stat()), inode: '42' }) };
    },
  };
  await using lab = await TailLab.open({ include: ['*.log'], system: oneInode });
  await lab.write('a.log', ...lines(1, 20));
  await lab.tail();
  const checkpoint = await lab.stop();
  await unlink(lab.path('a.log'));
  await lab.write('b.log', ...lines(1, 100, 'other'));
  lab.start(checkpoint);
  await lab.tail();
  expect(lab.received).toEqual([...lines(1, 20), ...lines(1, 100, 'other')]);
});

test('case 15: two files with the same first kilobyte are two files', async () => {
  await using lab = await TailLab.open({ include: ['*.csv'] });
  const header = 'column,'.repeat(200);
  await lab.write('a.csv', header, 'of a');
  await lab.write('b.csv', header, 'of b');
  await lab.tail();
  const checkpoint = await lab.stop();
  await lab.write('a.csv', 'more of a');
  await lab.write('c.csv', header, 'of c');
  lab.start(checkpoint);
  await lab.tail();
  expect(lab.received.toSorted()).toEqual(
    [header, header, header, 'of a', 'of b', 'of c', 'more of a'].toSorted(),
  );
});

test('case 15: a new file that begins like one that is gone is read from its beginning', async () => {
  await using lab = await TailLab.open({ include: ['*.csv'] });
  await lab.write('data-20261120.csv', 'time,value');
  await lab.tail();
  const checkpoint = await lab.stop();
  await unlink(lab.path('data-20261120.csv'));
  await lab.write('data-20261121.csv', 'time,value', '1,2');
  lab.start(checkpoint);
  await lab.tail();
  expect(lab.received).toEqual(['time,value', 'time,value', '1,2']);
});

test('case 16: a file that two globs, a link and a hard link lead to is shipped once', async () => {
  await using lab = await TailLab.open({ include: ['*.log', 'a.*', 'linked/*'] });
  await lab.write('a.log', ...lines(1, 3));
  await mkdir(lab.path('linked'));
  await symlink(lab.path('a.log'), lab.path('linked/soft'));
  await link(lab.path('a.log'), lab.path('linked/hard'));
  await lab.tail();
  await unlink(lab.path('a.log'));
  await lab.write('linked/hard', 'after');
  await lab.tail();
  expect(lab.received).toEqual([...lines(1, 3), 'after']);
});

test('case 17: when a link is pointed elsewhere the old target is finished and the new one begun', async () => {
  await using lab = await TailLab.open({ include: ['current'] });
  await lab.write('2026-11-20', ...lines(1, 3));
  await symlink(lab.path('2026-11-20'), lab.path('current'));
  await lab.tail();
  await lab.write('2026-11-20', ...lines(4, 5));
  await lab.write('2026-11-21', ...lines(6, 7));
  await unlink(lab.path('current'));
  await symlink(lab.path('2026-11-21'), lab.path('current'));
  await lab.tail();
  await lab.write('2026-11-20', 'late');
  await lab.write('2026-11-21', 'new');
  await lab.tail();
  expect(lab.received.toSorted()).toEqual([...lines(1, 7), 'late', 'new'].toSorted());
  expect(lab.received.slice(0, 7)).toEqual(lines(1, 7));
});

test('case 20: a folder that comes later, a file that goes before it is opened, one that may not be read yet', async () => {
  let denied = true;
  const moody: FileSystem = {
    ...nodeFileSystem,
    open: async (path) => {
      if (path.endsWith('gone.log')) await rm(path, { force: true });
      // Root may read everything: the refusal is the test's.
      if (path.endsWith('denied.log') && denied) throw Object.assign(new Error('denied'), { code: 'EACCES' });
      return await nodeFileSystem.open(path);
    },
  };
  await using lab = await TailLab.open({ include: ['later/*.log'], system: moody });
  expect(await lab.tail()).toEqual([]);
  await mkdir(lab.path('later'));
  await lab.write('later/a.log', 'a');
  await lab.write('later/gone.log', 'never seen');
  await lab.write('later/denied.log', 'not yet');
  expect(await lab.tail()).toEqual(['a']);
  expect(lab.source.status().files.find(({ path }) => path.endsWith('denied.log'))?.problem).toBe('EACCES');
  await lab.tail();
  await lab.tail();
  expect(lab.lost).toEqual({ vanished: 'never seen\n'.length });
  denied = false;
  expect(await lab.tail()).toEqual(['not yet']);
  expect(lab.source.status().files.find(({ path }) => path.endsWith('denied.log'))?.problem).toBeUndefined();
});

test('case 20: a folder that may not be listed is told, and read when it may', async () => {
  let denied = true;
  const moody: FileSystem = {
    ...nodeFileSystem,
    list: async (folder) => {
      if (denied) throw Object.assign(new Error('denied'), { code: 'EACCES' });
      return await nodeFileSystem.list(folder);
    },
  };
  await using lab = await TailLab.open({ include: ['*.log'], system: moody });
  await lab.write('a.log', 'a');
  await lab.tail();
  expect(lab.source.status().refused).toEqual({ [lab.folder]: 'EACCES' });
  denied = false;
  expect(await lab.tail()).toEqual(['a']);
});

test('excluded paths, packed files and hidden ones are not shipped', async () => {
  await using lab = await TailLab.open({ include: ['**/*'], exclude: ['**/debug*'] });
  await mkdir(lab.path('deep/er'), { recursive: true });
  await lab.write('deep/er/a.log', 'a');
  await lab.write('deep/debug.log', 'no');
  await lab.write('deep/.hidden', 'no');
  await writeFile(lab.path('a.log.1.gz'), 'no');
  await chmod(lab.path('deep/er/a.log'), 0o600);
  await lab.tail();
  await rename(lab.path('deep/er/a.log'), lab.path('deep/b.log'));
  await lab.write('deep/b.log', 'b');
  await lab.tail();
  expect(lab.received).toEqual(['a', 'b']);
});

test('what a path means that is no file, or is none yet, is told', async () => {
  await using lab = await TailLab.open({ include: ['pipe', 'folder', 'typo.log', 'nothere/*.log', 'a.log'] });
  spawnSync(MKFIFO, [lab.path('pipe')]);
  await mkdir(lab.path('folder'));
  await lab.write('a.log', 'one');
  await lab.tail();
  expect(lab.source.troubles()).toEqual({
    unreadable: [
      `${lab.path('pipe')} is a named pipe, no file`,
      `${lab.path('folder')} is a folder; write ${lab.path('folder')}/*`,
    ],
    unmatched: [`no file matches ${lab.path('typo.log')}`, `no file matches ${lab.path('nothere/*.log')}`],
  });
  await lab.write('typo.log', 'two');
  expect(await lab.tail()).toEqual(['two']);
  expect(lab.source.troubles().unmatched).toEqual([`no file matches ${lab.path('nothere/*.log')}`]);
});

test('what has a name that is no UTF-8 cannot be read, and is told', async () => {
  await using lab = await TailLab.open({ include: ['*.log', 'sub-*/*.log'] });
  const named = (path: string): Buffer =>
    Buffer.concat([Buffer.from(lab.path('')), Buffer.from(path, 'latin1')]);
  await writeFile(named('/bad\xff.log'), 'one\n');
  await mkdir(named('/sub-\xfe'));
  await lab.write('good\uFFFD.log', 'two');
  expect(await lab.tail()).toEqual(['two']);
  expect(lab.source.troubles().unreadable).toEqual([
    `${lab.path('bad\uFFFD.log')} is not read: its name is not UTF-8`,
    `${lab.path('sub-\uFFFD')} is not read: its name is not UTF-8`,
  ]);
});

test.each([
  ['My App (x86)/*.log', 'My App (x86)/a.log', true],
  ['@(a|b).log', 'b.log', true],
  ['{a,b}.log', 'b.log', true],
  ['x//*.log', 'x/a.log', true],
  ['(a).log', '(a).log', true],
  ['(a)*.log', '(a)1.log', true],
  ['**/*.log', '.hidden/a.log', false],
  ['.h*/*.log', '.hidden/a.log', true],
])('the dialect of paths: %s takes %s, %s', async (pattern, name, expected) => {
  await using lab = await TailLab.open({ include: [pattern] });
  await mkdir(dirname(lab.path(name)), { recursive: true });
  await lab.write(name, 'one');
  await lab.tail();
  expect(lab.received).toEqual(expected ? ['one'] : []);
});

import { copyFile, mkdir, readFile, rename, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { FileSystem } from '#agent/logs/files/file-system.ts';
import { nodeFileSystem } from '#agent/logs/files/node-file-system.ts';
import type { Checkpoint } from '#agent/logs/base/checkpoints.ts';
import { lines, TailLab } from './tail-lab.ts';

test('case 8: unread lines of a file that was copied and truncated twice while the agent was stopped', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, 20));
  await lab.tail();
  const checkpoint = await lab.stop();
  await lab.write('a.log', ...lines(21, 22));
  await copyFile(lab.path('a.log'), lab.path('a.log.1'));
  await truncate(lab.path('a.log'));
  await lab.write('a.log', ...lines(23, 24));
  await rename(lab.path('a.log.1'), lab.path('a.log.2'));
  await copyFile(lab.path('a.log'), lab.path('a.log.1'));
  await truncate(lab.path('a.log'));
  await lab.write('a.log', 'new');
  lab.start(checkpoint);
  await lab.tail();
  expect(lab.received).toEqual([...lines(1, 24), 'new']);
  expect(lab.lost).toEqual({});
});

test.each([
  ['gz', gzipSync],
  ['zst', zstdCompressSync],
])('case 19: unread lines of a file that was rotated and packed at once (%s)', async (suffix, pack) => {
  await using lab = await TailLab.open({ include: ['a.log', 'a.log.*'] });
  await lab.write('a.log', ...lines(1, 50_000));
  await lab.read(200_000);
  const taken = lab.received.length;
  lab.source.acknowledge(lab.events.at(-1)?.end ?? 0);
  const checkpoint = await lab.stop();
  expect(taken).toBeLessThan(50_000);
  await writeFile(lab.path(`a.log.1.${suffix}`), pack(await readFile(lab.path('a.log'))));
  await unlink(lab.path('a.log'));
  await lab.write('a.log', 'new');
  lab.start(checkpoint);
  await lab.tail();
  expect(lab.received).toEqual([...lines(1, 50_000), 'new']);
});

test('case 19: a file that is packed while its descriptor is held is finished through that, once', async () => {
  await using lab = await TailLab.open({ include: ['a.log*'] });
  await lab.write('a.log', ...lines(1, 20));
  await lab.tail();
  await lab.write('a.log', ...lines(21, 22));
  await writeFile(lab.path('a.log.1.gz'), gzipSync(await readFile(lab.path('a.log'))));
  await unlink(lab.path('a.log'));
  await lab.write('a.log', 'new');
  await lab.tail();
  expect(lab.received).toEqual([...lines(1, 22), 'new']);
});

test('case 21: a rotation while the agent was stopped', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, 3));
  await lab.tail();
  const checkpoint = await lab.stop();
  await lab.write('a.log', ...lines(4, 5));
  await rename(lab.path('a.log'), lab.path('a.log.1'));
  await lab.write('a.log', ...lines(6, 400));
  lab.start(checkpoint);
  await lab.tail();
  expect(lab.received).toEqual(lines(1, 400));
});

test('case 21: three rotations while the agent was stopped, the oldest packed', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, 20));
  await lab.tail();
  const checkpoint = await lab.stop();
  await lab.write('a.log', ...lines(21, 25));
  await writeFile(lab.path('a.log.3.gz'), gzipSync(await readFile(lab.path('a.log'))));
  await unlink(lab.path('a.log'));
  await lab.write('a.log', ...lines(26, 27));
  await rename(lab.path('a.log'), lab.path('a.log.2'));
  await lab.write('a.log', ...lines(28, 29));
  await rename(lab.path('a.log'), lab.path('a.log.1'));
  await lab.write('a.log', ...lines(30, 31));
  lab.start(checkpoint);
  await lab.tail();
  expect(lab.received).toEqual(lines(1, 31));
});

test('case 23: a device with another number after the reboot', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, 3));
  await lab.tail();
  const checkpoint = await lab.stop();
  const files = checkpoint['files'] as readonly object[];
  await lab.write('a.log', 'new');
  lab.start({ ...checkpoint, files: files.map((file) => ({ ...file, device: '4711' })) });
  expect(await lab.tail()).toEqual(['new']);
});

test('case 23: another inode too, as in a restored volume', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, 20));
  await lab.tail();
  const checkpoint = await lab.stop();
  await copyFile(lab.path('a.log'), lab.path('copy'));
  await rename(lab.path('copy'), lab.path('a.log'));
  await lab.write('a.log', 'new');
  lab.start(checkpoint);
  expect(await lab.tail()).toEqual(['new']);
});

test('a file that was seen, not read, and is gone is counted as lost, though another has its inode now', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', 'one', 'two');
  await lab.read();
  const checkpoint = await lab.stop();
  expect(checkpoint['files']).toMatchObject([{ offset: 0, head: { length: 8 }, size: 8 }]);
  await unlink(lab.path('a.log'));
  await lab.write('a.log', 'another', 'begins');
  const inode = String((await stat(lab.path('a.log'))).ino);
  const files = checkpoint['files'] as readonly object[];
  lab.start({ ...checkpoint, files: files.map((file) => ({ ...file, inode })) });
  await lab.tail();
  await lab.tail(600_000);
  expect(lab.received.slice(2)).toEqual(['another', 'begins']);
  expect(lab.lost).toEqual({ vanished: 8 });
});

test('what was seen, not read, and is packed after the restart is read from there', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, 200));
  await lab.read(0);
  const checkpoint = await lab.stop();
  await writeFile(lab.path('a.log.1.gz'), gzipSync(await readFile(lab.path('a.log'))));
  await unlink(lab.path('a.log'));
  await lab.write('a.log', 'new');
  const before = lab.received.length;
  lab.start(checkpoint);
  await lab.tail();
  expect(lab.received.slice(before)).toEqual([...lines(1, 200), 'new']);
  expect(lab.lost).toEqual({});
});

test('a file that is gone after the restart is counted as lost as far as it was seen', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', 'one', 'two');
  await lab.read();
  lab.source.acknowledge(4);
  const checkpoint = await lab.stop();
  await unlink(lab.path('a.log'));
  lab.start(checkpoint);
  await lab.tail();
  expect([lab.lost, lab.source.checkpoint()['files']]).toEqual([{}, checkpoint['files']]);
  await lab.tail(600_000);
  expect([lab.lost, lab.source.checkpoint()['files']]).toEqual([{ vanished: 4 }, []]);
});

test('case 24: what was read and not acknowledged is read again', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, 3));
  const events = await lab.read();
  lab.source.acknowledge(events[0]?.end ?? 0);
  const checkpoint = await lab.stop();
  lab.start(checkpoint);
  await lab.tail();
  expect(lab.received).toEqual([...lines(1, 3), ...lines(2, 3)]);
});

test('case 24: in flight when the file was truncated, sent again out of the copy', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, 20));
  const events = await lab.read();
  lab.source.acknowledge(events[9]?.end ?? 0);
  await copyFile(lab.path('a.log'), lab.path('a.log.1'));
  await truncate(lab.path('a.log'));
  await lab.write('a.log', 'new');
  await lab.clock.advance(1_000);
  await lab.read();
  const checkpoint = await lab.stop();
  lab.received.length = 0;
  lab.start(checkpoint);
  await lab.tail();
  expect(lab.received).toEqual([...lines(11, 20), 'new']);
  expect(lab.lost).toEqual({});
});

test.each([
  ['a later version', (checkpoint: Checkpoint) => ({ ...checkpoint, version: 99 })],
  ['no list', () => ({ version: 1, files: 'no' })],
  ['entries that are none', () => ({ version: 1, files: [null, 7, { path: 1 }] })],
])('case 32: of a checkpoint with %s the files are read again, not skipped', async (_, damage) => {
  await using lab = await TailLab.open();
  await lab.write('a.log', 'one');
  await lab.tail();
  const checkpoint = await lab.stop();
  lab.start(damage(checkpoint));
  expect(await lab.tail()).toEqual(['one']);
});

test('case 33: `/a/b` and `/a_b` have checkpoints of their own', async () => {
  await using lab = await TailLab.open({ include: ['**/*'] });
  await lab.write('a_b', ...lines(1, 3));
  await lab.tail();
  await mkdir(lab.path('a'));
  await lab.write('a/b', ...lines(4, 5));
  await lab.tail();
  const checkpoint = await lab.stop();
  await lab.write('a_b', 'of a_b');
  await lab.write('a/b', 'of a/b');
  lab.start(checkpoint);
  expect((await lab.tail()).toSorted()).toEqual(['of a/b', 'of a_b']);
});

test('an agent that is stopped before its first look, or before a volume is mounted, forgets nothing', async () => {
  await using lab = await TailLab.open({ include: ['mounted/*.log'] });
  await mkdir(lab.path('mounted'));
  await lab.write('mounted/a.log', ...lines(1, 3));
  await lab.tail();
  const checkpoint = await lab.stop();
  lab.start(checkpoint);
  const again = await lab.stop();
  expect(again).toEqual(checkpoint);
  await rename(lab.path('mounted'), lab.path('unmounted'));
  lab.start(again);
  await lab.tail();
  await rename(lab.path('unmounted'), lab.path('mounted'));
  await lab.write('mounted/a.log', 'new');
  expect(await lab.tail()).toEqual(['new']);
});

test('a file that cannot be opened at the start goes on where it was as soon as it can', async () => {
  let denied = false;
  const moody: FileSystem = {
    ...nodeFileSystem,
    open: async (path) => {
      if (denied) throw Object.assign(new Error('denied'), { code: 'EACCES' });
      return await nodeFileSystem.open(path);
    },
  };
  await using lab = await TailLab.open({ system: moody });
  await lab.write('a.log', ...lines(1, 3));
  await lab.tail();
  const checkpoint = await lab.stop();
  denied = true;
  lab.start(checkpoint);
  expect(await lab.tail()).toEqual([]);
  denied = false;
  await lab.write('a.log', 'new');
  expect(await lab.tail()).toEqual(['new']);
});

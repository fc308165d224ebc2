import { rename, unlink } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { lines, TailLab } from './tail-lab.ts';

test('case 21: the file that was read is rotated beyond what is kept while nobody looks: those behind it are read', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, 20));
  await lab.tail();
  const checkpoint = await lab.stop();
  await unlink(lab.path('a.log'));
  await lab.write('a.log.2', ...lines(21, 40));
  await lab.write('a.log.1', ...lines(41, 60));
  await lab.write('a.log', ...lines(61, 80));
  lab.start(checkpoint);
  await lab.tail();
  expect(lab.received).toEqual(lines(1, 80));
});

test('case 21: two rotated files that were both begun go on one behind the other in the next process', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, 60_000));
  await lab.read(1_000);
  await rename(lab.path('a.log'), lab.path('a.log.1'));
  await lab.write('a.log', ...lines(60_001, 60_010));
  await lab.clock.advance(1_000);
  await lab.read(1_000);
  lab.source.acknowledge(lab.events.at(-1)?.end ?? 0);
  const checkpoint = await lab.stop();
  expect(lab.received.length).toBeLessThan(60_000);
  await rename(lab.path('a.log.1'), lab.path('a.log.2'));
  await rename(lab.path('a.log'), lab.path('a.log.1'));
  await lab.write('a.log', ...lines(60_011, 60_020));
  lab.start(checkpoint);
  await lab.tail();
  expect(lab.received).toEqual(lines(1, 60_020));
});

test('case 3: files of several rotations between two looks are read in their order where the glob takes them all', async () => {
  await using lab = await TailLab.open({ include: ['a.log*'] });
  await lab.write('a.log', ...lines(1, 20_000));
  await lab.read(1_000);
  await rename(lab.path('a.log'), lab.path('a.log.3'));
  await lab.write('a.log.2', ...lines(20_001, 20_002));
  await lab.write('a.log.1', ...lines(20_003, 20_004));
  await lab.write('a.log', ...lines(20_005, 20_006));
  await lab.tail();
  expect(lab.received).toEqual(lines(1, 20_006));
});

test('case 14: the inode of a deleted file bears its path again: those between are read all the same', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, 20));
  await lab.tail();
  await lab.write('a.log.1', ...lines(21, 40));
  // What the tail was of is gone, and the inode holds another content.
  await lab.replace('a.log', 'new');
  await lab.tail();
  expect(lab.received).toEqual([...lines(1, 40), 'new']);
});

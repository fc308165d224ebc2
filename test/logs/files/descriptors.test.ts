import { readdir, readlink, rename, unlink, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import {
  DescriptorPool,
  descriptorsWithin,
  type DescriptorHolder,
} from '#agent/logs/files/descriptor-pool.ts';
import { lines, TailLab } from './tail-lab.ts';

test('case 22: a file whose descriptor was given up is opened again by identity after a rotation', async () => {
  await using lab = await TailLab.open({ include: ['a.log', 'other*'], mostDescriptors: 1 });
  await lab.write('a.log', ...lines(1, 2_000));
  await lab.read(20_000);
  await lab.write('other', 'takes the descriptor');
  await lab.clock.advance(1_000);
  await lab.read(1);
  await rename(lab.path('a.log'), lab.path('a.log.1'));
  await lab.write('a.log', ...lines(2_001, 2_100));
  await lab.tail();
  expect(lab.received.filter((message) => message.startsWith('line'))).toEqual(lines(1, 2_100));
});

test('case 61: a thousand files over 64 descriptors', async () => {
  await using lab = await TailLab.open({ include: ['*.log'], mostDescriptors: 64 });
  for (let n = 0; n < 1_000; n += 1) await lab.write(`${n}.log`, `first ${n}`);
  await lab.tail();
  expect(lab.descriptors.size).toBeLessThanOrEqual(64);
  const before = await openDescriptors(dirname(lab.path('0.log')));
  for (let n = 0; n < 1_000; n += 7) {
    await rename(lab.path(`${n}.log`), lab.path(`${n}.log.1`));
    await lab.write(`${n}.log.1`, `late ${n}`);
    await lab.write(`${n}.log`, `second ${n}`);
  }
  await lab.tail();
  const sevens = Array.from({ length: 143 }, (_, index) => index * 7);
  const expected = [
    ...Array.from({ length: 1_000 }, (_, n) => `first ${n}`),
    ...sevens.flatMap((n) => [`late ${n}`, `second ${n}`]),
  ];
  expect(lab.received.toSorted()).toEqual(expected.toSorted());
  expect(before).toBeGreaterThan(0);
  expect(await openDescriptors(dirname(lab.path('0.log')))).toBeLessThanOrEqual(before + 2);
  expect(lab.lost).toEqual({});
});

test('case 61: a deleted file keeps its descriptor, for nothing else holds it', async () => {
  await using lab = await TailLab.open({ include: ['*.log'], mostDescriptors: 2 });
  await lab.write('a.log', ...lines(1, 2_000));
  await lab.read(20_000);
  await unlink(lab.path('a.log'));
  await lab.clock.advance(1_000);
  await lab.read(20_000);
  for (let n = 0; n < 10; n += 1) await lab.write(`${n}.log`, `other ${n}`);
  await lab.tail();
  expect(lab.received.filter((message) => message.startsWith('line'))).toEqual(lines(1, 2_000));
});

/** A file that was rotated away, read to its end and quiet since, with the next of its path under way. */
async function rested(): Promise<TailLab> {
  const lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, 20));
  await lab.tail();
  await rename(lab.path('a.log'), lab.path('a.log.1'));
  await lab.tail();
  await lab.tail(60_000);
  expect(lab.descriptors.size).toBe(1);
  await lab.write('a.log', ...lines(21, 30));
  await lab.tail();
  await lab.tail();
  expect(lab.descriptors.size).toBe(1);
  expect(await openFiles(lab.folder)).toEqual([lab.path('a.log')]);
  return lab;
}

test('case 22: a rotated file is held until the next of its path is written to, and half a minute; what is added later arrives', async () => {
  await using lab = await rested();
  await rename(lab.path('a.log.1'), lab.path('a.log.2'));
  await lab.tail();
  await lab.write('a.log.2', 'late');
  expect(await lab.tail()).toEqual(['late']);
  expect(lab.descriptors.size).toBe(2);
  await lab.tail(30_000);
  await lab.tail();
  expect(lab.descriptors.size).toBe(1);
  expect(lab.received).toEqual([...lines(1, 30), 'late']);
  expect(lab.lost).toEqual({});
});

test('case 22: one that is not held and is deleted is no loss, and its space is free at once', async () => {
  await using lab = await rested();
  await unlink(lab.path('a.log.1'));
  expect(await openFiles(lab.folder)).toEqual([lab.path('a.log')]);
  for (let look = 0; look < 3; look += 1) await lab.tail();
  expect(lab.source.status()).toMatchObject({ rotatedPending: 0, lost: {} });
  expect(lab.received).toEqual(lines(1, 30));
});

test.each([
  ['the next of its path', 'a.log'],
  ['another one', 'a.log.3'],
])('case 22: one that is not held and whose inode is that of %s by now is not read on', async (_, name) => {
  await using lab = await rested();
  // The same inode, as a file system gives it to whoever comes next.
  await lab.replace('a.log.1', ...lines(1, 20), ...lines(31, 40));
  if (name !== 'a.log') await lab.replace('a.log.1', ...lines(31, 90, 'other'));
  await rename(lab.path('a.log'), lab.path('a.log.2'));
  await rename(lab.path('a.log.1'), lab.path(name));
  for (let look = 0; look < 3; look += 1) await lab.tail();
  const next = name === 'a.log' ? [...lines(1, 20), ...lines(31, 40)] : [];
  expect(lab.received).toEqual([...lines(1, 30), ...next]);
  expect(lab.lost).toEqual({});
});

test('case 62: two thousand small files that come and go', async () => {
  await using lab = await TailLab.open({ include: ['*.log'], rules: { deletedQuietMs: 1_000 } });
  for (let round = 0; round < 4; round += 1) {
    for (let n = 0; n < 500; n += 1) await lab.write(`${round}-${n}.log`, `${round} ${n}`);
    await lab.tail();
    for (let n = 0; n < 500; n += 1) await unlink(lab.path(`${round}-${n}.log`));
  }
  for (let poll = 0; poll < 4; poll += 1) await lab.tail(3_000);
  expect(new Set(lab.received).size).toBe(2_000);
  expect(lab.received.length).toBe(2_000);
  expect(lab.source.status()).toMatchObject({ files: [], lost: {} });
  expect(lab.descriptors.size).toBe(0);
});

test('case 62: of a file that is older than the rules ask for, only what is added is shipped', async () => {
  await using lab = await TailLab.open({ include: ['*.log'], rules: { ignoreOlderMs: 86_400_000 } });
  await lab.write('old.log', ...lines(1, 3));
  await utimes(lab.path('old.log'), 1_700_000_000, 1_700_000_000);
  expect(await lab.tail()).toEqual([]);
  await lab.write('old.log', 'added');
  expect(await lab.tail()).toEqual(['added']);
});

test('the one that was not used for the longest time goes first, those at work never', async () => {
  const pool = new DescriptorPool(1);
  const closed: string[] = [];
  const open = (name: string) => async () => ({
    stat: async () => Promise.reject(new Error('unused')),
    read: async () => 0,
    close: async () => void closed.push(name),
  });
  const [first, second] = [holder(false), holder(true)];
  await pool.use(first, open('first'), async () => {
    await pool.use(second, open('second'), async () => {});
  });
  expect([closed, pool.size]).toEqual([[], 2]);
  await pool.use(holder(false), open('third'), async () => {});
  expect([closed, pool.size]).toEqual([['second', 'first'], 1]);
});

function holder(isCaughtUp: boolean): DescriptorHolder {
  return { isUnlinked: false, isCaughtUp };
}

/** Into this folder only: other tests of the process open files of their own. */
async function openDescriptors(folder: string): Promise<number> {
  return (await openFiles(folder)).length;
}

async function openFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir('/proc/self/fd');
  const paths = await Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')));
  return paths.filter((path) => path.startsWith(folder));
}

test('case 61: of what the process may open, logs keep a quarter open', () => {
  expect(within('64')).toBe(16);
  expect(within('1024')).toBe(256);
  expect(within('1048576')).toBe(256);
  expect(within('unlimited')).toBe(256);
  expect(within('20')).toBe(8);
  expect(descriptorsWithin('')).toBe(256);
});

function within(soft: string): number {
  return descriptorsWithin(
    `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${soft}  4096  files\n`,
  );
}

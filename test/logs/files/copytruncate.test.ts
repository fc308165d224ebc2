import { appendFile, copyFile, open, rename, truncate, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { lines, TailLab } from './tail-lab.ts';

test('case 7: a file that was read and is truncated goes on at its beginning', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, 9));
  await lab.tail();
  await copyFile(lab.path('a.log'), lab.path('a.log.1'));
  await truncate(lab.path('a.log'));
  await lab.tail();
  await lab.write('a.log', 'new');
  await lab.tail();
  expect(lab.received).toEqual([...lines(1, 9), 'new']);
  expect(lab.lost).toEqual({});
});

test.each([
  ['long', 20],
  ['short', 2],
])('case 8: what was not read when it was truncated is found in the %s copy', async (_, read) => {
  await using lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, read));
  await lab.tail();
  await lab.write('a.log', ...lines(read + 1, read + 5));
  await copyFile(lab.path('a.log'), lab.path('a.log.1'));
  await truncate(lab.path('a.log'));
  await lab.write('a.log', 'new');
  await lab.tail();
  expect(lab.received).toEqual([...lines(1, read + 5), 'new']);
  expect(lab.lost).toEqual({});
});

test('case 8: without a copy it is lost, and counted as far as it was seen', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, 2_000));
  await lab.read(20_000);
  const taken = lab.events.at(-1)?.end ?? 0;
  await truncate(lab.path('a.log'));
  await lab.write('a.log', 'new');
  await lab.tail();
  expect(lab.received.at(-1)).toBe('new');
  expect(lab.lost).toEqual({ truncated: lines(1, 2_000).join('\n').length + 1 - taken });
});

test.each(['a.log', 'a.log*'])(
  'case 8: a copy that the glob %s may match as well is not shipped again',
  async (include) => {
    await using lab = await TailLab.open({ include: [include] });
    await lab.write('a.log', ...lines(1, 50));
    await lab.tail();
    const writer = await open(lab.path('a.log.1'), 'w');
    await lab.tail();
    await writer.write(`${lines(1, 20).join('\n')}\nline 2`);
    await lab.tail();
    await lab.write('a.log', ...lines(51, 52));
    await copyFile(lab.path('a.log'), lab.path('a.log.1'));
    await writer.close();
    await lab.tail();
    await lab.write('a.log', ...lines(53, 54));
    await copyFile(lab.path('a.log'), lab.path('a.log.1'));
    await truncate(lab.path('a.log'));
    await lab.tail();
    await lab.write('a.log', 'new');
    await lab.tail();
    expect(lab.received).toEqual([...lines(1, 54), 'new']);
  },
);

test('case 9: truncated and grown beyond the old offset before anybody looked', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, 20));
  await lab.tail();
  await lab.write('a.log', ...lines(21, 22));
  await copyFile(lab.path('a.log'), lab.path('a.log.1'));
  await truncate(lab.path('a.log'));
  await lab.write('a.log', ...lines(1, 200, 'other'));
  await lab.tail();
  expect(lab.received).toEqual([...lines(1, 22), ...lines(1, 200, 'other')]);
});

test('case 10: the same while the agent was stopped', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, 20));
  await lab.tail();
  const checkpoint = await lab.stop();
  await lab.write('a.log', ...lines(21, 22));
  await copyFile(lab.path('a.log'), lab.path('a.log.1'));
  await truncate(lab.path('a.log'));
  await lab.write('a.log', ...lines(1, 200, 'other'));
  lab.start(checkpoint);
  await lab.tail();
  expect(lab.received).toEqual([...lines(1, 22), ...lines(1, 200, 'other')]);
});

test('case 11: a writer that goes on at its old position leaves a hole, which is not shipped', async () => {
  await using lab = await TailLab.open();
  const writer = await open(lab.path('a.log'), 'w');
  const first = Buffer.from(`${lines(1, 60_000).join('\n')}\n`);
  await writer.write(first);
  await lab.tail();
  await truncate(lab.path('a.log'));
  await writer.write('behind the hole\n');
  await writer.close();
  await lab.tail();
  expect(lab.received.slice(60_000)).toEqual(['behind the hole']);
  expect(lab.source.status().nulls).toBe(first.length);
  expect(lab.lost).toEqual({});
});

test('case 11: a large hole is got across in few reads, and every byte of it is counted', async () => {
  await using lab = await TailLab.open();
  const HOLE = 512 * 1024 ** 2;
  await writeFile(lab.path('a.log'), '');
  await truncate(lab.path('a.log'), HOLE);
  await appendFile(lab.path('a.log'), 'behind the hole\n');
  await lab.clock.advance(1_000);
  let reads = 0;
  while (lab.received.length === 0 && reads < 100) {
    await lab.read();
    reads += 1;
  }
  expect(lab.received).toEqual(['behind the hole']);
  expect(reads).toBeLessThan(6);
  expect(lab.source.status().nulls).toBe(HOLE);
});

test('case 12: truncated and written again to the same length', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', 'first', 'second');
  await lab.tail();
  await lab.replace('a.log', 'third', 'fourth');
  await lab.tail();
  expect(lab.received).toEqual(['first', 'second', 'third', 'fourth']);
});

test('case 13: truncated and written at once, shorter and longer', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', 'first', 'second');
  await lab.tail();
  await lab.replace('a.log', 'x');
  await lab.tail();
  await lab.replace('a.log', ...lines(1, 9));
  await lab.tail();
  expect(lab.received).toEqual(['first', 'second', 'x', ...lines(1, 9)]);
});

test('case 8: a copy that was renamed meanwhile is still the copy', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, 20));
  await lab.tail();
  await lab.write('a.log', ...lines(21, 25));
  await copyFile(lab.path('a.log'), lab.path('a.log.1'));
  await truncate(lab.path('a.log'));
  await rename(lab.path('a.log.1'), lab.path('a.log.2'));
  await lab.write('a.log', 'new');
  await lab.tail();
  expect(lab.received).toEqual([...lines(1, 25), 'new']);
});

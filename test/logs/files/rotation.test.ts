import { open, rename, unlink, utimes } from 'node:fs/promises';
import { mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { lines, TailLab } from './tail-lab.ts';

test('case 1: a file that is renamed and created anew gives all of both, in order', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, 5));
  await lab.tail();
  await rename(lab.path('a.log'), lab.path('a.log.1'));
  await lab.write('a.log', ...lines(6, 9));
  await lab.tail();
  await lab.write('a.log', 'more');
  await lab.tail();
  expect(lab.received).toEqual([...lines(1, 9), 'more']);
});

test('case 2: far behind, through five rotations, the old files are read to their ends and in order', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, 20_000));
  await lab.read(20_000);
  for (let round = 1; round <= 5; round += 1) {
    for (let n = 5; n > 0; n -= 1)
      await rename(lab.path(`a.log.${n}`), lab.path(`a.log.${n + 1}`)).catch(() => {});
    await rename(lab.path('a.log'), lab.path('a.log.1'));
    await lab.write('a.log', ...lines(20_000 * round + 1, 20_000 * round + 20_000));
    await lab.clock.advance(1_000);
    await lab.read(20_000);
  }
  await lab.tail();
  expect(lab.received).toEqual(lines(1, 120_000));
});

test('case 3: files that came and went between two looks are found beside the others', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log.2', 'older than the agent');
  await utimes(lab.path('a.log.2'), 1_700_000_000, 1_700_000_000);
  await lab.write('a.log', ...lines(1, 3));
  await lab.tail();
  await lab.write('a.log', ...lines(4, 5));
  for (const n of [6, 8, 10]) {
    await rename(lab.path('a.log.3'), lab.path('a.log.4')).catch(() => {});
    await rename(lab.path('a.log.2'), lab.path('a.log.3')).catch(() => {});
    await rename(lab.path('a.log.1'), lab.path('a.log.2')).catch(() => {});
    await rename(lab.path('a.log'), lab.path('a.log.1'));
    await lab.write('a.log', ...lines(n, n + 1));
  }
  await lab.tail();
  expect(lab.received).toEqual(lines(1, 11));
});

test('case 3: a log of another name beside it is none of them', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', 'one');
  await lab.tail();
  await rename(lab.path('a.log'), lab.path('a.log.1'));
  await lab.write('a-error.log', 'not asked for');
  await lab.write('a.log', 'two');
  await lab.tail();
  expect(lab.received).toEqual(['one', 'two']);
});

test('case 4: what a writer adds to the renamed file arrives', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', 'one');
  await lab.tail();
  const writer = await open(lab.path('a.log'), 'a');
  await rename(lab.path('a.log'), lab.path('a.log.1'));
  await lab.write('a.log', 'new');
  await lab.tail();
  for (let second = 0; second < 30; second += 1) {
    await writer.write(`late ${second}\n`);
    await lab.tail();
  }
  await writer.close();
  const late = Array.from({ length: 30 }, (_, second) => `late ${second}`);
  expect(lab.received).toEqual(['one', 'new', ...late]);
});

test('case 4: a renamed file is let go when it is quiet for as long as the rules say', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', 'one');
  await lab.tail();
  await rename(lab.path('a.log'), lab.path('a.log.1'));
  await lab.tail();
  expect(lab.source.status().rotatedPending).toBe(1);
  await lab.tail(300_000);
  await lab.tail();
  expect(lab.source.status()).toMatchObject({ files: [], rotatedPending: 0 });
  expect(lab.descriptors.size).toBe(0);
});

test('case 5: a file that is moved to another folder is finished through its descriptor', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, 3));
  await lab.tail();
  await lab.write('a.log', ...lines(4, 6));
  mkdirSync(lab.path('old'));
  await rename(lab.path('a.log'), lab.path('old/a.log'));
  await lab.tail();
  expect(lab.received).toEqual(lines(1, 6));
});

test('case 6: a file that is deleted while it is behind is finished, and its space given back', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, 2_000));
  await lab.read(20_000);
  await unlink(lab.path('a.log'));
  await lab.tail();
  expect(lab.received).toEqual(lines(1, 2_000));
  await lab.tail(10_000);
  await lab.tail();
  expect(lab.descriptors.size).toBe(0);
  expect(lab.lost).toEqual({});
});

test('case 6: what nobody takes of a deleted file is lost when the limit is reached, and counted', async () => {
  await using lab = await TailLab.open({ rules: { deletedHoldMs: 60_000 } });
  await lab.write('a.log', ...lines(1, 2_000));
  await lab.read(20_000);
  const taken = lab.events.at(-1)?.end ?? 0;
  await unlink(lab.path('a.log'));
  await lab.clock.advance(1_000);
  await lab.source.read(0);
  await lab.clock.advance(60_000);
  await lab.source.read(0);
  const all = lines(1, 2_000).join('\n').length + 1;
  expect(lab.lost).toEqual({ deleted: all - taken });
  expect(lab.descriptors.size).toBe(0);
});

test('case 18: of dated files each is read to its end, whichever is the newest', async () => {
  await using lab = await TailLab.open({ include: ['a-*.log'] });
  await lab.write('a-2026-11-20.log', ...lines(1, 3));
  await lab.tail();
  await lab.write('a-2026-11-21.log', ...lines(4, 5));
  await lab.write('a-2026-11-20.log', 'late');
  await lab.tail();
  await lab.write('a-2026-11-20.log', 'later');
  await lab.write('a-2026-11-21.log', 'new');
  await lab.tail();
  expect(lab.received.toSorted()).toEqual([...lines(1, 5), 'late', 'later', 'new'].toSorted());
});

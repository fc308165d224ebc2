import { expect, it } from 'vitest';
import { Backlog } from '#agent/metrics/sink/backlog.ts';
import { MAX_DATA } from '#agent/metrics/sink/request-pack.ts';
import { datum, memorySpool } from './fake-cloudwatch.ts';

/** A record of its own: no more fits beside it. */
const full = (name: string) => Array.from({ length: MAX_DATA }, () => datum(name, 0));

async function namesIn(backlog: Backlog): Promise<readonly string[]> {
  const names: string[] = [];
  for (let record = await backlog.oldest(); record; record = await backlog.oldest()) {
    names.push(record.data?.[0]?.datum.MetricName ?? '');
    await backlog.remove(record.number);
  }
  return names;
}

it('case 74: beyond so many records the oldest makes room, and its data are counted', async () => {
  const backlog = await Backlog.open(memorySpool(), { records: 2, bytes: Infinity });
  const kept = [];
  for (const name of ['a', 'b', 'c']) kept.push(await backlog.keep(full(name)));
  expect(kept.map(({ dropped }) => dropped)).toEqual([0, 0, MAX_DATA]);
  expect(backlog.data).toBe(2 * MAX_DATA);
  expect(await namesIn(backlog)).toEqual(['b', 'c']);
});

it('case 74: beyond so many bytes as well, but never the youngest', async () => {
  const spool = memorySpool();
  const backlog = await Backlog.open(spool, { records: 100, bytes: 1 });
  for (const name of ['a', 'b', 'c']) await backlog.keep(full(name));
  expect(spool.files.size).toBe(1);
  expect(await namesIn(backlog)).toEqual(['c']);
});

it('case 74: what an earlier run kept is not evicted for its unknown size, and counts as what it is once opened', async () => {
  const spool = memorySpool();
  const limits = { records: 3, bytes: 3_000 };
  const first = await Backlog.open(spool, limits);
  for (const name of ['a', 'b']) await first.keep(full(name));
  const second = await Backlog.open(spool, limits);
  expect([second.records, second.data]).toEqual([2, 0]);
  await second.keep([datum('c', 0)]);
  expect(await second.oldest()).toMatchObject({ isRecovered: true });
  expect(await second.oldest()).toMatchObject({ isRecovered: false });
  expect(second.data).toBe(MAX_DATA + 1);
  const third = await Backlog.open(spool, limits);
  expect(await third.keep(full('d'))).toMatchObject({ dropped: MAX_DATA, recovered: MAX_DATA });
  expect(await namesIn(third)).toEqual(['b', 'c', 'd']);
});

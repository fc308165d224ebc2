import { describe, expect, it } from 'vitest';
import {
  createAddressBook,
  type AddressTable,
  type FetchTable,
} from '#agent/daemon/configuration/address-book.ts';
import type { IpRanges, Sighted } from '#config-service';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { silentLogger } from '#kit/logger.ts';
import { FakeClock } from '../support/fake-clock.ts';

const SIGNAL = new AbortController().signal;
const NOTHING: Sighted = { findings: [], shown: [] };
const ADDRESS: Sighted = {
  findings: [],
  shown: [
    {
      key: 'h',
      region: 'unknown',
      kind: 'region-unknown:public-address',
      severity: 'unknown',
      text: '52.1.1.1',
      suggestion: undefined,
    },
  ],
};
const DOWN = fail({ code: 'LF_SOURCE_DENIED', operation: 'read', subject: 's3://b', cause: 'no', hint: '' });

const ranges = (region: string): IpRanges => ({
  regionOf: () => region,
  ownerOfV4: () => undefined,
  ownerOfV6: () => undefined,
  blocksOf: () => new Uint8Array(1 << 16),
  createdAt: '2026-11-20T00:00:00Z',
  prefixes: 2,
  sheet: { createDate: '', prefixes: 2, owners: [], v4: [], v6: [] },
});
const table = (region: string): Outcome<AddressTable> =>
  ok({ kind: 'found', from: 's3://b/p/ip-ranges.json', version: region, ranges: ranges(region) });

function bench(...answers: readonly Outcome<AddressTable>[]) {
  const clock = new FakeClock();
  const asked: (string | undefined)[] = [];
  let changes = 0;
  const fetch: FetchTable = async (known) => {
    asked.push(known);
    return answers[Math.min(asked.length, answers.length) - 1] ?? ok({ kind: 'absent' });
  };
  const book = createAddressBook({
    fetch,
    clock,
    random: () => 0.5,
    logger: silentLogger,
    onChange: () => (changes += 1),
  });
  /** Judges what has an address in it until a table says whose that is. */
  const judge = async () => book.note(book.regionOf() ? NOTHING : ADDRESS);
  return { clock, asked, book, judge, changes: () => changes };
}

describe('the table of address ranges in a daemon', () => {
  it('is not asked for while no value holds an address, by no tick either', async () => {
    const { book, clock, asked } = bench(table('eu-west-1'));
    expect(await book.settle(async () => book.note(NOTHING), SIGNAL)).toBe(NOTHING);
    await clock.advance(86_400_000);
    book.recheck(SIGNAL);
    expect([asked, book.status()]).toEqual([[], undefined]);
  });

  it('is asked for once when one does, and what was judged is judged again', async () => {
    const { book, judge, asked } = bench(table('eu-west-1'));
    expect(await book.settle(judge, SIGNAL)).toBe(NOTHING);
    expect(await book.settle(judge, SIGNAL)).toBe(NOTHING);
    expect([asked, book.regionOf()?.('52.1.1.1')]).toEqual([[undefined], 'eu-west-1']);
    expect(book.status()).toMatchObject({
      from: 's3://b/p/ip-ranges.json',
      createdAt: '2026-11-20T00:00:00Z',
      age: '1d',
      ageSeconds: 86_400,
      prefixes: 2,
      failure: null,
    });
  });

  it('is looked for again within the hour, not with each tick; a new one is told', async () => {
    const { book, judge, asked, clock, changes } = bench(table('eu-west-1'), table('us-east-1'));
    await book.settle(judge, SIGNAL);
    for (let tick = 0; tick < 119; tick += 1) {
      await clock.advance(30_000);
      book.recheck(SIGNAL);
    }
    expect(asked).toHaveLength(1);
    await clock.advance(30_000);
    book.recheck(SIGNAL);
    await clock.advance(0);
    expect([asked, changes(), book.regionOf()?.('52.1.1.1')]).toEqual([
      [undefined, 'eu-west-1'],
      1,
      'us-east-1',
    ]);
  });

  it('stays as it was while the source fails, and status says why and how old it is', async () => {
    const { book, judge, clock, changes } = bench(table('eu-west-1'), DOWN);
    await book.settle(judge, SIGNAL);
    await clock.advance(3_600_000);
    book.recheck(SIGNAL);
    await clock.advance(0);
    expect([book.regionOf()?.('52.1.1.1'), changes()]).toEqual(['eu-west-1', 0]);
    expect(book.status()).toMatchObject({ ageSeconds: 90_000, failure: { code: 'LF_SOURCE_DENIED' } });
  });

  it('that is not there leaves addresses unknown, without a request for each generation', async () => {
    const { book, judge, asked } = bench(ok({ kind: 'absent' }));
    expect(await book.settle(judge, SIGNAL)).toBe(ADDRESS);
    expect(await book.settle(judge, SIGNAL)).toBe(ADDRESS);
    expect(asked).toHaveLength(1);
    expect(book.status()).toMatchObject({ from: null, age: null, failure: null });
  });
});

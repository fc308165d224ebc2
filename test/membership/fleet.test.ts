import { describe, expect, it } from 'vitest';
import type { SealedRecords } from '#config-service';
import { countingBucket, SECTION, secondsUntil, simulatedPeer } from '#scripts/bench/peers-fleet.ts';
import { ok } from '#kit/outcome.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { failing } from '../support/memory-store.ts';
import { finish } from '../support/patience.ts';

describe('a fleet of 500', () => {
  it('knows who comes within a minute and who leaves within half of one, for 17 listings a second', async () => {
    const clock = new FakeClock();
    const { source, take } = countingBucket(clock);
    const fleet = Array.from({ length: 500 }, (_, index) => simulatedPeer(clock, source, index));
    // They start within a minute, as a group that is scaled.
    for (const [index, one] of fleet.entries()) {
      one.peers.announce(one.place);
      const asked = one.peers.of(one.place);
      if (index % 50 === 0) await finish(clock, asked);
      if (index % 50 === 49) await clock.advance(6000);
    }
    expect(await secondsUntil(clock, () => fleet.every((one) => one.online() === 499))).toBeLessThanOrEqual(
      60,
    );
    // A burst of five hundred is a change or two for each that was there before, not five hundred.
    expect(Math.max(...fleet.map(({ changes }) => changes))).toBeLessThanOrEqual(2);

    take('LIST');
    await clock.advance(60_000);
    const lists = take('LIST');
    expect(lists.all).toBe(2 * 500);
    expect(lists.busiest).toBeLessThanOrEqual(2 * Math.ceil(500 / 30));

    const [leaver] = fleet;
    await leaver?.peers.leave();
    const gone = (): boolean => fleet.slice(1).every((one) => one.online() === 498);
    expect(await secondsUntil(clock, gone)).toBeLessThanOrEqual(30);
    await Promise.all(fleet.map((one) => one.peers.close()));
  });
});

describe('one instance', () => {
  it('writes 12 to 15 small objects an hour, at once when it has other tags, and none when it is not ready', async () => {
    const clock = new FakeClock();
    const { source, take } = countingBucket(clock);
    const one = simulatedPeer(clock, source, 7);
    for (let second = 0; second < 3600; second += 30) {
      one.peers.announce(one.place);
      await clock.advance(30_000);
    }
    expect(take('PUT').all).toBeGreaterThanOrEqual(12);
    const facts = { ...one.place.facts, tags: new Map([['version', '2']]) };
    one.peers.announce({ ...one.place, facts, section: { ...SECTION, tags: ['version'] } });
    await clock.advance(0);
    // The new one, and the one of before emptied.
    expect(take('PUT').all).toBe(2);
    one.peers.announce(undefined);
    one.peers.announce(undefined);
    await clock.advance(3_600_000);
    expect(take('PUT').all).toBe(1);
  });

  it('is online once it was taken back from leaving, and not before', async () => {
    const clock = new FakeClock();
    const { source } = countingBucket(clock);
    const [one, other] = [simulatedPeer(clock, source, 1), simulatedPeer(clock, source, 2)];
    const seen = async (): Promise<number | undefined> => {
      one.peers.announce(one.place);
      await clock.advance(90_000);
      return other.online();
    };
    await finish(clock, other.peers.of(other.place));
    expect(await seen()).toBe(1);
    await one.peers.leave();
    expect(await seen()).toBe(0);
    one.peers.stay();
    expect(await seen()).toBe(1);
  });
});

async function three() {
  const clock = new FakeClock();
  const shelf = countingBucket(clock);
  const fleet = [1, 2, 3].map((number) => simulatedPeer(clock, shelf.source, number));
  for (const one of fleet) one.peers.announce(one.place);
  await clock.advance(0);
  const [first, second] = fleet;
  if (!first || !second) throw new Error('there are three');
  expect(await finish(clock, first.peers.of(first.place))).toMatchObject({ kind: 'ok' });
  return { clock, shelf, fleet, first, second };
}

describe('a list that cannot be read', () => {
  it('leaves what was read before, and says since when it is old', async () => {
    const { clock, shelf, first } = await three();
    shelf.fail(failing('LF_SOURCE_DENIED'));
    await clock.advance(3_600_000);
    expect(first.online()).toBe(2);
    expect(await first.peers.of(first.place)).toMatchObject({ kind: 'ok', value: [{}, {}] });
    expect(first.peers.document()).toMatchObject({ state: 'stale', failure: { code: 'LF_SOURCE_DENIED' } });
    shelf.fail(undefined);
    await clock.advance(60_000);
    expect(first.peers.document()).toMatchObject({ state: 'fresh', failure: null });
  });

  it('is one with nobody in it where nobody has left', async () => {
    const { clock, shelf, first } = await three();
    shelf.clear();
    await clock.advance(60_000);
    expect(first.online()).toBe(2);
    expect(first.peers.document()).toMatchObject({ failure: { code: 'LF_PEERS_BLANK' } });
  });

  it('holds up who never had one: nothing is rendered without anybody', async () => {
    const { clock, shelf, second } = await three();
    shelf.fail(failing('LF_SOURCE_DENIED'));
    const asked = await finish(clock, second.peers.of(second.place));
    expect(asked).toMatchObject({ kind: 'retry', fault: { code: 'LF_SOURCE_DENIED' } });
  });

  it('is the one of before over a restart of the agent, for the same question only', async () => {
    const { clock, shelf, fleet } = await three();
    let kept: Uint8Array | undefined;
    const records: SealedRecords = {
      names: async () => ok([]),
      load: async () => (kept ? { kind: 'loaded', plaintext: kept } : { kind: 'absent' }),
      save: async (_, bytes) => {
        kept = bytes;
        return ok(undefined);
      },
      remove: async () => ok(undefined),
    };
    const before = simulatedPeer(clock, shelf.source, 4, records);
    expect(await finish(clock, before.peers.of(before.place))).toMatchObject({ value: [{}, {}, {}] });
    await before.peers.close();
    shelf.fail(failing('LF_SOURCE_UNREACHABLE'));
    const after = simulatedPeer(clock, shelf.source, 4, records);
    const other = { ...after.place, section: { ...SECTION, where: { pool: 'blue' } } };
    expect(await finish(clock, after.peers.of(other))).toMatchObject({ kind: 'retry' });
    expect(await finish(clock, after.peers.of(after.place))).toMatchObject({ value: [{}, {}, {}] });
    expect(after.peers.document()).toMatchObject({ state: 'stale', online: fleet.length });
  });

  it('is not waited for by who leaves', async () => {
    const { clock, shelf, first } = await three();
    shelf.fail(failing('LF_SOURCE_DENIED'));
    await finish(clock, first.peers.leave());
    expect(first.peers.document()).toMatchObject({ announced: true });
  });
});

import { describe, expect, it } from 'vitest';
import { createPeers, type Peers, type PeersPlace } from '#agent/daemon/configuration/peers.ts';
import type { OpenedSource } from '#agent/daemon/configuration/scope.ts';
import type { Facts, ListedObject, SealedRecords } from '#config-service';
import { silentLogger } from '#kit/logger.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import { payrollFacts } from '../support/layer-generator.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { failing } from '../support/memory-store.ts';
import { finish } from '../support/patience.ts';

/** One bucket that counts, by the second, what a fleet asks of it. */
function bucket(clock: FakeClock) {
  const objects = new Map<string, ListedObject>();
  const seconds = new Map<string, number>();
  let listing: readonly ListedObject[] | undefined;
  let failure: Outcome<never> | undefined;
  const count = (what: string): void => {
    const second = `${what} ${Math.floor(clock.monotonic() / 1000)}`;
    seconds.set(second, (seconds.get(second) ?? 0) + 1);
  };
  const source: OpenedSource = {
    address: 's3://config/p',
    source: { fetch: () => Promise.reject(new Error('nobody fetches here')) },
    write: async (key, bytes) => {
      count('PUT');
      if (failure) return failure;
      objects.set(key, { key, size: bytes.length, etag: '"e"', lastModified: clock.now() });
      listing = undefined;
      return ok(undefined);
    },
    list: async (prefix) => {
      count('LIST');
      if (failure) return failure;
      listing ??= [...objects.values()].filter(({ key }) => key.startsWith(prefix));
      return ok(listing);
    },
  };
  return {
    source,
    clear: () => {
      objects.clear();
      listing = undefined;
    },
    fail: (outcome: Outcome<never> | undefined) => void (failure = outcome),
    /** Requests of a kind in all, and in its busiest second. */
    take: (what: string) => {
      const counts = [...seconds].filter(([second]) => second.startsWith(what)).map(([, times]) => times);
      for (const second of seconds.keys()) if (second.startsWith(what)) seconds.delete(second);
      return { all: counts.reduce((sum, times) => sum + times, 0), busiest: Math.max(0, ...counts) };
    },
  };
}

interface Instance {
  readonly peers: Peers;
  readonly place: PeersPlace;
  /** How many it would render now, and how often that has changed. */
  online(): number | undefined;
  changes: number;
}

const SECTION = { role: undefined, environment: undefined, tags: [], where: {}, everyMs: 30_000 };

async function instance(clock: FakeClock, opened: OpenedSource, number: number, records?: SealedRecords) {
  const instanceId = `i-0${number.toString(16).padStart(8, '0')}`;
  const facts: Facts = { ...payrollFacts, instanceId, privateIp: `10.0.${number >> 8}.${number & 255}` };
  const one: Instance = {
    peers: createPeers({
      host: { clock, random: () => (number % 100) / 100, logger: silentLogger },
      instanceId,
      region: facts.region,
      records,
      onChange: () => {
        one.changes += 1;
        void one.peers.of(one.place);
      },
    }),
    place: { section: SECTION, facts, opened },
    online: () => one.peers.online,
    changes: 0,
  };
  return one;
}

/** Of the test's own time. */
async function secondsUntil(clock: FakeClock, condition: () => boolean): Promise<number> {
  let seconds = 0;
  for (; seconds < 120 && !condition(); seconds += 1) await clock.advance(1000);
  return seconds;
}

describe('a fleet of 500', () => {
  it('knows who comes within a minute and who leaves within half of one, for 17 listings a second', async () => {
    const clock = new FakeClock();
    const { source, take } = bucket(clock);
    const fleet = await Promise.all(
      Array.from({ length: 500 }, (_, index) => instance(clock, source, index)),
    );
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
    const { source, take } = bucket(clock);
    const one = await instance(clock, source, 7);
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
    const { source } = bucket(clock);
    const [one, other] = [await instance(clock, source, 1), await instance(clock, source, 2)];
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
  const shelf = bucket(clock);
  const fleet = await Promise.all([1, 2, 3].map((number) => instance(clock, shelf.source, number)));
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
    const before = await instance(clock, shelf.source, 4, records);
    expect(await finish(clock, before.peers.of(before.place))).toMatchObject({ value: [{}, {}, {}] });
    await before.peers.close();
    shelf.fail(failing('LF_SOURCE_UNREACHABLE'));
    const after = await instance(clock, shelf.source, 4, records);
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

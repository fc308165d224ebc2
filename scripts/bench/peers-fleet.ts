import { createPeers, type Peers, type PeersPlace } from '#agent/daemon/configuration/peers.ts';
import type { OpenedSource } from '#agent/daemon/configuration/scope.ts';
import type { Facts, ListedObject, SealedRecords } from '#config-service';
import { silentLogger } from '#kit/logger.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import type { FakeClock } from './fake-clock.ts';
import { payrollFacts } from './layer-generator.ts';

/** One bucket that counts, by the second, what a fleet asks of it. */
export function countingBucket(clock: FakeClock) {
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

export interface SimulatedPeer {
  readonly peers: Peers;
  readonly place: PeersPlace;
  /** How many it would render now, and how often that has changed. */
  online(): number | undefined;
  changes: number;
}

export const SECTION = { role: undefined, environment: undefined, tags: [], where: {}, everyMs: 30_000 };

export function simulatedPeer(
  clock: FakeClock,
  opened: OpenedSource,
  number: number,
  records?: SealedRecords,
): SimulatedPeer {
  const instanceId = `i-0${number.toString(16).padStart(8, '0')}`;
  const facts: Facts = { ...payrollFacts, instanceId, privateIp: `10.0.${number >> 8}.${number & 255}` };
  const one: SimulatedPeer = {
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

/** Of that clock's own time, 120 at most. */
export async function secondsUntil(clock: FakeClock, condition: () => boolean): Promise<number> {
  let seconds = 0;
  for (; seconds < 120 && !condition(); seconds += 1) await clock.advance(1000);
  return seconds;
}

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { BenchRow } from './bench-row.ts';
import { FakeClock } from './fake-clock.ts';
import { countingBucket, secondsUntil, simulatedPeer, type SimulatedPeer } from './peers-fleet.ts';

const MEMBERS = 500;
const INTERVAL_MS = 30_000;
/** Requests of either kind to S3 Standard, us-east-1, as of November 2026: $0.005 per 1,000. */
const DOLLARS_PER_REQUEST = 0.000_005;
const SECONDS_A_DAY = 24 * 3600;

/**
 * A group of 500 that comes up within a minute and knows of each other, by a bucket in memory and a clock that is moved: how long until
 * all know, what it asks of S3 meanwhile, and what that list takes in each (docs/peers.md has the same numbers).
 */
export const peerGroup: BenchRow = {
  name: 'peers',
  async measure(bench) {
    const clock = new FakeClock();
    const { source, take } = countingBucket(clock);
    const before = held();
    const fleet = Array.from({ length: MEMBERS }, (_, index) => simulatedPeer(clock, source, index));
    await comeUp(clock, fleet);
    const came = await secondsUntil(clock, () => fleet.every((one) => one.online() === MEMBERS - 1));
    const kept = (held() - before) / MEMBERS / 1024;

    const minutes = bench.quick ? 5 : 15;
    for (const what of ['LIST', 'PUT']) take(what);
    for (let second = 0; second < minutes * 60; second += 1) {
      // With each check, as long as an interval apart and spread over it.
      for (let index = second % 30; index < MEMBERS; index += 30)
        fleet[index]?.peers.announce(fleet[index]?.place);
      await clock.advance(1000);
    }
    const [lists, writes] = [take('LIST'), take('PUT')];
    const [listed, written] = [lists, writes].map(({ all }) => all / (minutes * 60));
    bench.say(`${listed?.toFixed(1)} listings and ${written?.toFixed(2)} writes a second`);

    await fleet[0]?.peers.leave();
    const left = await secondsUntil(clock, () => fleet.slice(1).every((one) => one.online() === MEMBERS - 2));
    await Promise.all(fleet.map((one) => one.peers.close()));
    const what = `${MEMBERS} simulated instances, every ${INTERVAL_MS / 1000} s`;
    const over = `over ${minutes} minutes in which nobody comes or goes`;
    return [
      {
        what: 'from the last that comes until all know all',
        value: came * 1000,
        unit: 'ms',
        bar: { atMost: 60_000 },
        detail: `${what}, all within a minute; at most ${Math.max(...fleet.map(({ changes }) => changes))} changes of the list`,
      },
      {
        what: 'from one that leaves until all know',
        value: left * 1000,
        unit: 'ms',
        bar: { atMost: INTERVAL_MS },
        detail: what,
      },
      {
        what: 'listings a second',
        value: listed ?? NaN,
        unit: 'req/s',
        bar: { atMost: 17 },
        detail: `${what}, ${over}`,
      },
      {
        what: 'listings in the busiest second',
        value: lists.busiest,
        unit: 'req/s',
        bar: { atMost: 34 },
        detail: `${what}, ${over}`,
      },
      {
        what: 'writes a second',
        value: written ?? NaN,
        unit: 'req/s',
        bar: { atMost: 2.1 },
        detail: `${what}, ${over}; ${writes.busiest} in the busiest`,
      },
      {
        what: 'a day of the group',
        value: ((listed ?? NaN) + (written ?? NaN)) * SECONDS_A_DAY * DOLLARS_PER_REQUEST,
        unit: 'USD',
        bar: { atMost: 8.5 },
        detail: '$0.005 for 1,000 requests of either kind',
      },
      {
        what: 'what each holds of the 499 others',
        value: kept / 1024,
        unit: 'MiB',
        bar: { atMost: 0.25 },
        detail: `${kept.toFixed(0)} KiB of heap after a collection, the bucket shared out among them`,
      },
    ];
  },
};

/** Within a minute, as a group that is scaled out. */
async function comeUp(clock: FakeClock, fleet: readonly SimulatedPeer[]): Promise<void> {
  for (const [index, one] of fleet.entries()) {
    one.peers.announce(one.place);
    void one.peers.of(one.place);
    if (index % 50 === 49) await clock.advance(6000);
  }
}

function held(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

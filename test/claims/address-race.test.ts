import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { readQueryAnswer } from '#agent/aws/aws-answer.ts';
import type { AwsCalls } from '#agent/aws/aws-calls.ts';
import { createClaims, type Claims } from '#agent/claims/claims.ts';
import { silentLogger } from '#kit/logger.ts';
import { ElasticIps } from '../../scripts/sandbox/ec2/elastic-ips.ts';
import { addressClaim, storeInMemory, workOf } from '../support/claiming.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { PIN } from '../support/pinned.ts';
import { randomFrom } from '../support/random.ts';

/** Answers of EC2 are up to so late; FOUND_GAP_MS of the agent is more. */
const MOST_LAG_MS = 8_000;
const TICK_MS = 500;

interface Instance {
  readonly id: string;
  readonly store: ReturnType<typeof storeInMemory>;
  stop: AbortController;
  claims: Claims;
  work: Promise<unknown>;
}

const lost = (subject: string) =>
  ({
    kind: 'failed',
    fault: { code: 'LF_AWS_UNREACHABLE', operation: 'call', subject, cause: 'lost', hint: '' },
  }) as const;

/** A fleet, EC2, and a network that takes its time and loses answers, all on one clock and one seed. */
function fleetOf(seed: number, addresses: number, instances: number) {
  const random = randomFrom(seed);
  const clock = new FakeClock();
  const book = new ElasticIps(
    () => clock.now(),
    () => true,
  );
  for (let made = 0; made < addresses; made += 1) book.allocate(PIN.region, { service: 'payroll' });
  book.lag = () => random() * MOST_LAG_MS;

  const aws: AwsCalls = {
    json: () => Promise.reject(new Error('not asked for')),
    async query(_service, action, params, { signal }) {
      const pass = async (): Promise<boolean> =>
        clock.sleep(random() * 2_000, signal).then(
          () => true,
          () => false,
        );
      if (!(await pass()) || random() < 0.05) return lost(action);
      const answer = book.actions[action]?.(new URLSearchParams(params), PIN.region);
      if (!answer) throw new Error(`no ${action}`);
      // From here on it has happened, whether anybody hears of it or not.
      if (!(await pass()) || random() < 0.05) return lost(action);
      const body = Buffer.from(answer.body);
      const said = readQueryAnswer({ ...answer, kind: 'answer', body } as never, action);
      return said.kind === 'foreign' ? lost(action) : said;
    },
  };
  const start = (id: string, store = storeInMemory()): Instance => {
    const stop = new AbortController();
    const claims = createClaims({
      aws,
      region: PIN.region,
      zone: `${PIN.region}a`,
      instanceId: id,
      clock,
      random,
      logger: silentLogger,
      run: () => Promise.reject(new Error('not asked for')),
      store,
      leaseMs: 60_000,
    });
    return { id, store, stop, claims, work: live(claims, stop.signal, clock) };
  };
  return {
    random,
    clock,
    book,
    start,
    fleet: Array.from({ length: instances }, (_, at) => start(`i-0${at}`)),
  };
}

/** What the daemon does: claim, then look every now and then. */
async function live(claims: Claims, signal: AbortSignal, clock: FakeClock): Promise<void> {
  const address = addressClaim({ timeoutMs: 3_600_000, release: true });
  await claims.step.run(workOf({ address, signal }));
  while (!signal.aborted) {
    await clock.sleep(10_000, signal).catch(() => {});
    await claims.verify(signal);
  }
}

function heldBy({ claims }: Instance): string | undefined {
  const { address } = claims.status();
  return address?.state === 'held' ? address.allocationId : undefined;
}

it('two instances never both believe that one address is theirs, and all that can get one do', async () => {
  const shape = fc.record({
    seed: fc.integer(),
    addresses: fc.integer({ min: 1, max: 4 }),
    instances: fc.integer({ min: 1, max: 7 }),
  });
  await fc.assert(
    fc.asyncProperty(shape, async ({ seed, addresses, instances }) => {
      const { random, clock, book, start, fleet } = fleetOf(seed, addresses, instances);
      const leaving: Promise<unknown>[] = [];
      for (let tick = 0; tick < 500; tick += 1) {
        await clock.advance(TICK_MS);
        for (const instance of fleet) {
          const held = heldBy(instance);
          if (held !== undefined) expect(book.holderOf(held)).toBe(instance.id);
        }
        if (tick > 240 || fleet.length === 0) continue;
        const at = Math.floor(random() * fleet.length);
        const instance = fleet[at];
        const fate = random();
        if (!instance || fate > 0.06) continue;
        if (fate < 0.02) {
          // kill -9 of the agent, and a restart: what was sent may still arrive.
          instance.stop.abort();
          fleet[at] = start(instance.id, instance.store);
        } else if (fate < 0.04) {
          instance.stop.abort();
          fleet.splice(at, 1);
          book.dropInstance(instance.id);
        } else {
          fleet.splice(at, 1);
          instance.stop.abort();
          const { id, store, claims } = instance;
          const left = claims.release(30_000, new AbortController().signal);
          // Let go, and started again at once, while EC2 may still show what is over.
          leaving.push(left.then(() => fleet.push(start(id, store))));
        }
      }
      const held = fleet.map(heldBy).filter((allocationId) => allocationId !== undefined);
      expect(new Set(held).size).toBe(held.length);
      // An instance that went may have gone with an address it had no time to let go: that one is not to be had.
      const ids = new Set(fleet.map(({ id }) => id));
      const allocations = Array.from(
        { length: addresses },
        (_, at) => `eipalloc-${(at + 1).toString(16).padStart(17, '0')}`,
      );
      const blocked = allocations.filter(
        (id) => book.holderOf(id) !== undefined && !ids.has(book.holderOf(id) ?? ''),
      );
      expect(held).toHaveLength(Math.min(fleet.length, addresses - blocked.length));
      for (const { stop } of fleet) stop.abort();
      await Promise.all([...leaving, ...fleet.map(({ work }) => work)]);
    }),
    { numRuns: 150 },
  );
}, 120_000);

import { describe, expect, it } from 'vitest';
import { leaseFor, leaseKey, parseLease, printLease } from '#agent/apply/steps/fleet-lease.ts';
import { onceInFleet, type FleetStep } from '#agent/apply/steps/fleet-turns.ts';
import { fail, ok, retry } from '#kit/outcome.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { payrollFacts } from '../support/layer-generator.ts';
import { memoryFleet } from '../support/memory-fleet.ts';
import { elapse } from '../support/patience.ts';

const FAULT = {
  code: 'LF_APPLY_SCRIPT',
  operation: 'run',
  subject: 's',
  cause: 'exit code 1',
  hint: '',
} as const;
const LIMIT = 600_000;
const step = (me: string): FleetStep => ({
  key: 'fleet/any/migrate/1.json',
  label: 'scripts.migrate',
  limitMs: LIMIT,
  me,
});
const { signal } = new AbortController();

const done = async () => ok(undefined);

function stage() {
  const clock = new FakeClock(Date.UTC(2026, 10, 21));
  const fleet = memoryFleet();
  const ran: string[] = [];
  const waited: string[] = [];
  const turn = (
    me: string,
    ms = 0,
    outcome: Awaited<ReturnType<Parameters<typeof onceInFleet>[3]>> = ok(undefined),
    by = signal,
  ) =>
    onceInFleet(step(me), fleet.parts(clock, waited), by, async () => {
      ran.push(me);
      if (ms > 0) await clock.sleep(ms);
      return outcome;
    });
  const state = () => parseLease(fleet.objects.get(step('').key) ?? new Uint8Array())?.state;
  return { clock, fleet, ran, waited, turn, state };
}

describe('what runs once for the fleet', () => {
  it('runs on the first instance; those beside it wait until it is done, and say for whom', async () => {
    const { clock, ran, waited, turn, state } = stage();
    const all = Promise.all([turn('i-1', 20_000), turn('i-2'), turn('i-3')]);
    await clock.advance(0);
    expect(state()).toBe('running');
    expect(await elapse(clock, all)).toEqual(['i-1', 'i-1', 'i-1'].map((by) => ok(by)));
    expect([ran, state()]).toEqual([['i-1'], 'done']);
    expect(waited).toEqual(['scripts.migrate, which i-1 runs for the fleet']);
    expect(await turn('i-4')).toEqual(ok('i-1'));
    expect(ran).toEqual(['i-1']);
  });

  it("is the next one's turn when it failed, or was stopped", async () => {
    const { ran, turn, state } = stage();
    expect(await turn('i-1', 0, fail(FAULT))).toMatchObject({ kind: 'fail' });
    expect(state()).toBe('failed');
    expect(await turn('i-2', 0, retry(FAULT))).toMatchObject({ kind: 'retry' });
    expect(await turn('i-3')).toEqual(ok('i-3'));
    expect(ran).toEqual(['i-1', 'i-2', 'i-3']);
  });

  it('is taken over from an instance that is gone, when its time is over, and at once by itself', async () => {
    const { clock, fleet, ran, turn } = stage();
    fleet.objects.set(step('').key, printLease(leaseFor('i-gone', clock.now(), LIMIT)));
    const started = clock.now();
    expect(await elapse(clock, turn('i-2'))).toEqual(ok('i-2'));
    expect(clock.now() - started).toBeGreaterThanOrEqual(LIMIT);
    expect(clock.now() - started).toBeLessThan(LIMIT + 180_000);
    fleet.objects.set(step('').key, printLease(leaseFor('i-2', clock.now(), LIMIT)));
    expect(await turn('i-2')).toEqual(ok('i-2'));
    expect(ran).toEqual(['i-2', 'i-2']);
  });

  it('does not wait for a clock that is years ahead, and writes over what no agent wrote', async () => {
    const { clock, fleet, turn } = stage();
    const ahead = { ...leaseFor('i-gone', clock.now(), LIMIT), until: clock.now() + 1e11 };
    fleet.objects.set(step('').key, printLease(ahead));
    const started = clock.now();
    expect(await elapse(clock, turn('i-2'))).toEqual(ok('i-2'));
    expect(clock.now() - started).toBeLessThan(LIMIT + 180_000);
    fleet.objects.set(step('').key, Buffer.from('<html>'));
    expect(await turn('i-3')).toEqual(ok('i-3'));
  });

  it('ends waiting when the agent stops, and when one instance after the other is at it', async () => {
    const { clock, fleet, turn } = stage();
    fleet.objects.set(step('').key, printLease(leaseFor('i-1', clock.now(), LIMIT)));
    const stop = new AbortController();
    const stopped = turn('i-2', 0, ok(undefined), stop.signal);
    await clock.advance(0);
    stop.abort();
    expect(await stopped).toMatchObject({ kind: 'retry', fault: { subject: 'scripts.migrate' } });
    const waiting = turn('i-9');
    for (const by of ['i-3', 'i-4', 'i-5']) {
      await clock.advance(5000);
      fleet.objects.set(step('').key, printLease(leaseFor(by, clock.now(), LIMIT)));
    }
    expect(await elapse(clock, waiting)).toMatchObject({
      kind: 'retry',
      fault: { cause: expect.stringContaining('i-5') },
    });
  });

  it('needs nothing read where nothing is there: S3 denies what is absent to who may not list', async () => {
    const { clock, fleet } = stage();
    const store = { ...fleet.store, read: async () => retry(FAULT) };
    expect(await onceInFleet(step('i-1'), { ...fleet.parts(clock), store }, signal, done)).toEqual(ok('i-1'));
  });

  it('runs nowhere while the store cannot be asked', async () => {
    const { clock, fleet, ran } = stage();
    fleet.objects.set(step('').key, Buffer.from('x'));
    const store = { ...fleet.store, read: async () => retry(FAULT) };
    const outcome = await onceInFleet(step('i-1'), { ...fleet.parts(clock), store }, signal, async () =>
      ok(void ran.push('x')),
    );
    expect([outcome.kind, ran]).toEqual(['retry', []]);
  });
});

it('the fleet is an environment of a source', () => {
  expect(leaseKey({ ...payrollFacts, environment: 'prod/eu' }, 'migrate', 'ab')).toBe(
    'fleet/environment/prod%2Feu/migrate/ab.json',
  );
  expect(leaseKey({ ...payrollFacts, environment: undefined }, 'migrate', 'ab')).toBe(
    'fleet/any/migrate/ab.json',
  );
});

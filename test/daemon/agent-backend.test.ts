import { describe, expect, it } from 'vitest';
import { createAgentBackend } from '#agent/daemon/agent-backend.ts';
import type { ActiveOverride } from '#agent/daemon/runtime/override-set.ts';
import { ok } from '#kit/outcome.ts';
import { configuratorBench, ORDER, type ConfiguratorBench } from '../support/configuring.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { payrollIdentity } from '../support/identity.ts';
import { payrollFacts } from '../support/layer-generator.ts';
import { failing } from '../support/memory-store.ts';

const HOUR = 3_600_000;

function deskOf(bench: ConfiguratorBench) {
  const kept: (readonly ActiveOverride[])[] = [];
  const backend = createAgentBackend({
    activity: { line: undefined },
    waits: { lines: [] },
    schedule: { nextAt: () => undefined, givesUpAt: undefined },
    stores: () => [],
    ...bench,
    identity: payrollIdentity,
    order: ORDER,
    pollNow: () => bench.check(),
    keepOverrides: async (overrides) => void kept.push(overrides),
    fence: { fault: undefined },
    leaks: { fault: undefined },
    reports: { status: () => ({}), metrics: () => '' },
    stop: new AbortController().signal,
  });
  return { backend, kept };
}

async function ready(text = 'a=1\nb=1\n') {
  const bench = configuratorBench();
  bench.store.put('p/base/app.properties', text);
  await bench.check();
  bench.news();
  return { bench, ...deskOf(bench) };
}

const orderOf = (key: string, value: string) => ({ key, value, forMs: HOUR, reason: 'ticket 4711' });

describe('an override', () => {
  it('is a new generation at once, wins over every layer, and is kept', async () => {
    const { bench, backend, kept } = await ready();
    const answer = valueOf(await backend.setOverride(orderOf('a', '2')));
    const expiresAt = new Date(bench.clock.now() + HOUR).toISOString();
    expect(answer).toEqual({ key: 'a', reason: 'ticket 4711', expiresAt, generation: 2 });
    expect(bench.values()).toEqual({ a: '2', b: '1' });
    expect(bench.ring.active?.effective.get('a')?.winner.layer).toBe('override');
    expect(kept).toEqual([bench.overrides.active]);
    expect(bench.news()).toEqual(['generation', 'override']);
  });

  it('of the same key replaces the one before', async () => {
    const { bench, backend } = await ready();
    await backend.setOverride(orderOf('a', '2'));
    await backend.setOverride(orderOf('a', '3'));
    expect(bench.values()['a']).toBe('3');
    expect(bench.overrides.active).toHaveLength(1);
  });

  it.each([
    ['names another region', 'sqs.us-east-1.amazonaws.com', 'fail LF_REGION_FOREIGN'],
    ['refers to nothing', '${nope}', 'fail LF_REFERENCE_UNKNOWN'],
    ['refers to itself', '${b}${a}', 'fail LF_REFERENCE_CYCLE'],
  ])('that %s is refused, and the one before it stays in force', async (_, value, verdict) => {
    const { bench, backend, kept } = await ready();
    await backend.setOverride(orderOf('a', '2'));
    const outcome = await backend.setOverride(orderOf('a', value));
    expect(verdictOf(outcome)).toBe(verdict);
    expect(outcome).toMatchObject({ fault: { operation: 'set', subject: 'a' } });
    expect(bench.values()['a']).toBe('2');
    expect(bench.overrides.active.map((override) => override.value)).toEqual(['2']);
    expect(kept).toHaveLength(1);
    // The source is as good as before.
    expect(verdictOf(await bench.check())).toBe('ok');
    expect(bench.configurator.state.stale).toBe(false);
  });

  it('can be taken back', async () => {
    const { bench, backend, kept } = await ready();
    await backend.setOverride(orderOf('a', '2'));
    expect(valueOf(await backend.unsetOverride('a'))).toMatchObject({ key: 'a', generation: 3 });
    expect(bench.values()['a']).toBe('1');
    expect(kept.at(-1)).toEqual([]);
  });

  it('that is not there cannot be taken back', async () => {
    const { backend, kept } = await ready();
    expect(await backend.unsetOverride('a')).toMatchObject({
      kind: 'fail',
      fault: { code: 'LF_NO_SUCH_KEY' },
    });
    expect(kept).toEqual([]);
  });

  it('survives a change of the source', async () => {
    const { bench, backend } = await ready();
    await backend.setOverride(orderOf('a', '2'));
    bench.store.put('p/base/app.properties', 'a=5\nb=5\n');
    await bench.check();
    expect(bench.values()).toEqual({ a: '2', b: '5' });
  });

  it('can be what makes a refused content good, and that is noticed by the next check', async () => {
    const bench = configuratorBench();
    bench.store.put('p/base/app.properties', 'q=sqs.us-east-1.amazonaws.com\n');
    const { backend } = deskOf(bench);
    expect(verdictOf(await bench.check())).toBe('fail LF_REGION_FOREIGN');
    expect(valueOf(await backend.setOverride(orderOf('q', 'none')))).toMatchObject({ generation: null });
    expect(verdictOf(await bench.check())).toBe('ok');
    expect(bench.values()).toEqual({ q: 'none' });
  });

  it('that ends while the content cannot do without it leaves the good generation, and stale', async () => {
    const bench = configuratorBench();
    bench.store.put('p/base/app.properties', 'a=1\nq=sqs.us-east-1.amazonaws.com\n');
    const { backend } = deskOf(bench);
    await backend.setOverride(orderOf('q', 'none'));
    await bench.check();
    await bench.clock.advance(HOUR);
    bench.overrides.dropExpired();
    expect(await bench.configurator.rebuild(new AbortController().signal)).toMatchObject({
      code: 'LF_REGION_FOREIGN',
    });
    expect(verdictOf(await bench.check())).toBe('fail LF_REGION_FOREIGN');
    expect(bench.values()).toEqual({ a: '1', q: 'none' });
    expect(bench.configurator.state).toMatchObject({ stale: true, failure: { code: 'LF_REGION_FOREIGN' } });
  });

  it('that ended is noticed by a check even when its timer is late', async () => {
    const { bench, backend } = await ready();
    await backend.setOverride(orderOf('a', '2'));
    await bench.clock.advance(HOUR);
    await bench.check();
    expect(bench.values()['a']).toBe('1');
  });
});

describe('readiness', () => {
  it('has a reason before the first check, from the registry of codes', () => {
    const { backend } = deskOf(configuratorBench());
    expect(backend.readiness()).toEqual({
      ready: false,
      reasons: [{ code: 'LF_NOT_READY', message: 'the first check is under way' }],
    });
  });

  it('says what the first check failed with, whole', async () => {
    const bench = configuratorBench();
    bench.outage = failing('LF_SOURCE_DENIED');
    await bench.check();
    const message = 'read s3://config: the test says so. None.';
    expect(deskOf(bench).backend.readiness().reasons).toEqual([{ code: 'LF_SOURCE_DENIED', message }]);
  });

  it('stays once a generation is active, however stale', async () => {
    const { bench, backend } = await ready();
    bench.outage = failing('LF_SOURCE_DENIED');
    await bench.check();
    expect(backend.readiness()).toEqual({ ready: true, reasons: [] });
    expect(backend.freshness()).toEqual({ checkedAt: bench.clock.now(), stale: true });
  });
});

describe('what the backend shows', () => {
  it('of the identity is what the tags say now, and never the signature', async () => {
    const { bench, backend } = await ready();
    bench.facts = ok({ ...payrollFacts, role: 'worker', tags: new Map([['role', 'worker']]) });
    await bench.check();
    const identity = backend.identity();
    expect(identity).toMatchObject({ region: 'eu-west-1', role: 'worker', tags: { role: 'worker' } });
    expect(JSON.stringify(identity)).not.toContain(payrollIdentity.signature);
  });

  it('of the layers is the order alone until there is a generation', async () => {
    const bench = configuratorBench();
    const { backend } = deskOf(bench);
    expect(backend.layers().map(({ name }) => name)).toEqual(ORDER);
    bench.outage = failing('LF_SOURCE_DENIED');
    await bench.check();
    expect(backend.layers().map(({ name, state }) => `${name} ${state}`)).toEqual([
      'base unknown',
      'region/eu-west-1 unknown',
      'role/web unknown',
    ]);
  });

  it('of a refresh is what the poll came to', async () => {
    const { bench, backend } = await ready();
    bench.store.put('p/base/app.properties', 'a=2\nb=1\n');
    expect(await backend.refresh()).toEqual(ok({ changed: true, generation: 2 }));
    bench.outage = failing('LF_SOURCE_DENIED');
    expect(await backend.refresh()).toBe(bench.outage);
  });
});

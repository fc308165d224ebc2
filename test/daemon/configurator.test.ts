import { describe, expect, it } from 'vitest';
import { ok } from '#kit/outcome.ts';
import { readPlanPolicy } from '../support/plan-policy.ts';
import { configuratorBench } from '../support/configuring.ts';
import { verdictOf } from '../support/fetching.ts';
import { payrollFacts } from '../support/layer-generator.ts';
import { failing, retrying } from '../support/memory-store.ts';

describe('a check', () => {
  it('brings what the layers say, and says what happened', async () => {
    const bench = configuratorBench();
    bench.store.put('p/base/app.properties', 'a=1\nb=${@region}\n').put('p/role/web/app.properties', 'a=2\n');
    expect(await bench.check()).toEqual(ok({ changed: true, generation: 1 }));
    expect(bench.values()).toEqual({ a: '2', b: 'eu-west-1' });
    expect(bench.configurator.state).toMatchObject({ stale: false, servedFrom: 'source', succeeded: 1 });
    expect(bench.configurator.layout).toBe('tree');
    expect(bench.saved).toEqual([['base/app.properties', 'role/web/app.properties']]);
    expect(bench.events.since(0)).toMatchObject([
      { kind: 'generation', data: { number: 1, release: null, keys: ['a', 'b'] } },
    ]);
  });

  it('that finds nothing new judges nothing, saves nothing and says nothing', async () => {
    const bench = configuratorBench();
    bench.store.put('p/base/app.properties', 'a=1\n');
    await bench.check();
    bench.news();
    const first = bench.ring.active;
    await bench.clock.advance(30_000);
    expect(await bench.check()).toEqual(ok({ changed: false, generation: 1 }));
    expect(bench.judged()).toBe(1);
    expect(bench.saved).toHaveLength(1);
    expect(bench.news()).toEqual([]);
    expect(bench.ring.active).toBe(first);
    expect(bench.configurator.state.checkedAt).toBe(bench.clock.now());
    expect(bench.configurator.changes).toEqual({ begun: 1, ended: 1 });
  });

  it('tells that a change is under way until it is through, whatever became of it', async () => {
    const counted: unknown[] = [];
    const bench = configuratorBench({
      policy: {
        readPlan: (layers) => {
          counted.push(bench.configurator.changes);
          return readPlanPolicy(layers);
        },
      },
    });
    bench.store.put('p/base/app.properties', 'a=1\n');
    await bench.check();
    bench.store.put('p/base/app.properties', 'a=2\nhost=db.c9akciq32abc.us-east-1.rds.amazonaws.com\n');
    await bench.check();
    bench.store.put('p/base/app.properties', 'a=3\n');
    await bench.check();
    expect(counted).toEqual([
      { begun: 1, ended: 0 },
      { begun: 2, ended: 1 },
      { begun: 3, ended: 2 },
    ]);
    expect(bench.configurator.changes).toEqual({ begun: 3, ended: 3 });
  });

  it('costs the same requests whether or not something changed (law 7)', async () => {
    const bench = configuratorBench();
    bench.store.put('p/base/app.properties', 'a=1\n');
    await bench.check();
    bench.store.takeRequests();
    await bench.check();
    const quiet = bench.store.takeRequests().map((request) => request.replace(/ \d+$/, ''));
    bench.store.put('p/base/app.properties', 'a=2\n');
    await bench.check();
    expect(bench.store.takeRequests().map((request) => request.replace(/ \d+$/, ''))).toEqual(quiet);
  });

  it('takes over another comment or a moved line without a new generation', async () => {
    const bench = configuratorBench();
    bench.store.put('p/base/app.properties', 'a=1\n');
    await bench.check();
    bench.news();
    bench.store.put('p/base/app.properties', '# why\n\na=1\n');
    expect(await bench.check()).toEqual(ok({ changed: false, generation: 1 }));
    expect(bench.ring.active?.effective.get('a')?.winner.line).toBe(3);
    expect(bench.news()).toEqual([]);
    // What is kept is what is there now.
    expect(bench.saved).toHaveLength(2);
  });

  it('names the changed keys of a new generation, no others', async () => {
    const bench = configuratorBench();
    bench.store.put('p/base/app.properties', 'a=1\nb=1\nc=1\n');
    await bench.check();
    bench.store.put('p/base/app.properties', 'a=1\nb=2\nd=1\n');
    await bench.check();
    expect(bench.events.since(1)).toMatchObject([{ kind: 'generation', data: { keys: ['b', 'c', 'd'] } }]);
  });
});

describe('a source that cannot be followed', () => {
  it.each([
    ['down', retrying('LF_SOURCE_UNREACHABLE')],
    ['denied', failing('LF_SOURCE_DENIED')],
    ['throttled', retrying('LF_SOURCE_THROTTLED', 9000)],
    ['in another region', failing('LF_REGION_BUCKET')],
  ])('%s: the good generation stays, with its age', async (_, failure) => {
    const bench = configuratorBench();
    bench.store.put('p/base/app.properties', 'a=1\n');
    await bench.check();
    const checkedAt = bench.clock.now();
    const good = bench.ring.active;
    await bench.clock.advance(30_000);
    bench.outage = failure;
    expect(await bench.check()).toEqual(failure);
    expect(bench.ring.active).toBe(good);
    expect(bench.configurator.state).toMatchObject({ stale: true, checkedAt, failure: failure.fault });
  });

  it('is news once, and once more when it is back', async () => {
    const bench = configuratorBench();
    bench.store.put('p/base/app.properties', 'a=1\n');
    await bench.check();
    bench.news();
    bench.outage = retrying('LF_SOURCE_UNREACHABLE');
    for (let tick = 0; tick < 3; tick += 1) await bench.check();
    expect(bench.news()).toEqual(['source stale LF_SOURCE_UNREACHABLE']);
    bench.outage = failing('LF_SOURCE_DENIED');
    await bench.check();
    expect(bench.news()).toEqual(['source stale LF_SOURCE_DENIED']);
    bench.outage = undefined;
    await bench.check();
    expect(bench.news()).toEqual(['source fresh']);
    expect(bench.configurator.state).toMatchObject({ stale: false, failure: undefined });
    expect(bench.judged()).toBe(1);
  });

  it('from the start is reported fresh when it first answers', async () => {
    const bench = configuratorBench();
    bench.outage = retrying('LF_SOURCE_UNREACHABLE');
    await bench.check();
    bench.outage = undefined;
    bench.store.put('p/base/app.properties', 'a=1\n');
    await bench.check();
    expect(bench.news()).toEqual(['source stale LF_SOURCE_UNREACHABLE', 'generation', 'source fresh']);
  });
});

describe('what is not foreseen', () => {
  it('a defect in a check leaves the good generation, stale', async () => {
    const bench = configuratorBench();
    bench.store.put('p/base/app.properties', 'a=1\n');
    await bench.check();
    bench.facts = new TypeError('a defect');
    expect(verdictOf(await bench.check())).toBe('retry LF_UNEXPECTED');
    expect(bench.values()).toEqual({ a: '1' });
    expect(bench.configurator.state).toMatchObject({ stale: true, failure: { cause: 'a defect' } });
  });

  it('a check that is aborted is no failure of the source', async () => {
    const bench = configuratorBench();
    bench.facts = new Error('aborted');
    await expect(bench.configurator.check(AbortSignal.abort())).rejects.toThrow('aborted');
    expect(bench.configurator.state.failure).toBeUndefined();
    expect(bench.news()).toEqual([]);
  });
});

describe('the scope', () => {
  const worker = { ...payrollFacts, role: 'worker', tags: new Map([['role', 'worker']]) };

  it('follows a role that changes: another configuration, not a shrunken one', async () => {
    const bench = configuratorBench();
    bench.store.put('p/base/app.properties', 'a=1\n');
    bench.store.put('p/role/web/app.properties', 'w1=1\nw2=1\nw3=1\nw4=1\n');
    await bench.check();
    bench.facts = ok(worker);
    expect(verdictOf(await bench.check())).toBe('ok');
    expect(bench.values()).toEqual({ a: '1' });
    expect(bench.ring.active?.facts.role).toBe('worker');
  });

  it('judges unchanged content again when a fact changed that values may hold', async () => {
    const bench = configuratorBench();
    bench.store.put('p/base/app.properties', 'who=${@environment}\n');
    await bench.check();
    bench.facts = ok({ ...payrollFacts, environment: 'staging' });
    await bench.check();
    expect(bench.values()).toEqual({ who: 'staging' });
  });

  it('does not when a tag changed that nothing depends on', async () => {
    const bench = configuratorBench();
    bench.store.put('p/base/app.properties', 'a=1\n');
    await bench.check();
    bench.facts = ok({ ...payrollFacts, tags: new Map([['cost-centre', '7']]) });
    await bench.check();
    expect(bench.judged()).toBe(1);
    // What is shown of the instance follows all the same.
    expect(bench.configurator.scope?.facts.tags.get('cost-centre')).toBe('7');
  });

  it('does when other peers are online, and compares with what was there before all the same', async () => {
    const bench = configuratorBench();
    const lines = Array.from({ length: 10 }, (_, index) => `k${index}=1\n`).join('');
    const peer = { id: 'i-01', zone: 'eu-west-1a', address: '10.0.0.1', tags: {} };
    bench.store.put('p/base/app.properties', lines);
    bench.facts = ok({ ...payrollFacts, peers: [peer] });
    await bench.check();
    // The same peers, read again.
    bench.facts = ok({ ...payrollFacts, peers: [{ ...peer }] });
    await bench.check();
    expect(bench.judged()).toBe(1);
    bench.facts = ok({ ...payrollFacts, peers: [] });
    await bench.check();
    expect(bench.judged()).toBe(2);
    // Nobody gets a shrunken configuration past the check with a peer that comes or goes.
    bench.store.put('p/base/app.properties', 'k0=1\n');
    bench.facts = ok({ ...payrollFacts, peers: [peer] });
    expect(verdictOf(await bench.check())).toBe('fail LF_SHRUNK');
  });

  it('keeps serving the old one when the new one is refused', async () => {
    const bench = configuratorBench();
    bench.store.put('p/base/app.properties', 'a=1\n').put('p/role/worker/app.properties', 'b=${nope}\n');
    await bench.check();
    bench.facts = ok(worker);
    expect(verdictOf(await bench.check())).toBe('fail LF_REFERENCE_UNKNOWN');
    expect(bench.values()).toEqual({ a: '1' });
    expect(bench.ring.active?.facts.role).toBe('web');
  });

  it('at another address compares with nothing of the old one', async () => {
    const bench = configuratorBench({ addressOf: ({ role }) => role ?? 'none' });
    bench.store.put('web/base/app.properties', 'a=1\n');
    bench.store.put('worker/base/app.properties', '').put('worker/base/more.properties', 'b=1\n');
    await bench.check();
    bench.facts = ok(worker);
    // The file is empty there, and never held anything there.
    expect(verdictOf(await bench.check())).toBe('ok');
    expect(bench.values()).toEqual({ b: '1' });
    expect(bench.configurator.scope?.opened.address).toBe('s3://config/worker');
  });
});

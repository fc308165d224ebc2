import { describe, expect, it } from 'vitest';
import { NOTHING_RENDERED, type Applier } from '#agent/daemon/configuration/applier.ts';
import { ok } from '#kit/outcome.ts';
import { configuratorBench, type ConfiguratorBench } from '../support/configuring.ts';
import { verdictOf } from '../support/fetching.ts';
import { failing, retrying } from '../support/memory-store.ts';

const GOOD = 'a=1\nb=2\nc=3\nd=4\n';

/** Laws 4 to 6: what the bucket becomes, and how that is refused. */
const REFUSED: Readonly<
  Record<string, readonly [spoil: (bench: ConfiguratorBench) => void, verdict: string]>
> = {
  'a file of no syntax': [({ store }) => store.put('p/base/more.yaml', 'a: b: c\n'), 'fail LF_PARSE'],
  'invalid UTF-8': [
    ({ store }) => store.put('p/base/app.properties', Buffer.from([0x61, 0x3d, 0xff])),
    'fail LF_ENCODING',
  ],
  'one key in two files': [({ store }) => store.put('p/base/more.yaml', 'a: 1\n'), 'fail LF_DUPLICATE_KEY'],
  'a cycle': [
    ({ store }) => store.put('p/base/app.properties', `${GOOD}x=\${y}\ny=\${x}\n`),
    'fail LF_REFERENCE_CYCLE',
  ],
  'a name that nothing sets': [
    ({ store }) => store.put('p/base/app.properties', `${GOOD}x=\${nope}\n`),
    'fail LF_REFERENCE_UNKNOWN',
  ],
  'a fact that is assigned': [
    ({ store }) => store.put('p/base/app.properties', `${GOOD}@region=us-east-1\n`),
    'fail LF_FACT_ASSIGNED',
  ],
  'a value of another region': [
    ({ store }) => store.put('p/base/app.properties', `${GOOD}q=https://sqs.us-east-1.amazonaws.com/1/q\n`),
    'fail LF_REGION_FOREIGN',
  ],
  'a region put together from harmless parts': [
    ({ store }) => store.put('p/base/app.properties', `${GOOD}r=us-east\nq=sqs.\${r}-1.amazonaws.com\n`),
    'fail LF_REGION_FOREIGN',
  ],
  'a plan that is no plan': [
    ({ store }) => store.put('p/base/plan.yaml', 'require: db.host\n'),
    'fail LF_PLAN_INVALID',
  ],
  'a required key without a value': [
    ({ store }) => store.put('p/base/plan.yaml', 'require: [db.host]\n'),
    'fail LF_REQUIRED_MISSING',
  ],
  'most of its keys gone': [({ store }) => store.put('p/base/app.properties', 'a=1\n'), 'fail LF_SHRUNK'],
  'a file emptied': [({ store }) => store.put('p/base/app.properties', ''), 'retry LF_LAYER_EMPTIED'],
  'everything gone': [({ store }) => store.delete('p/base/app.properties'), 'retry LF_SOURCE_EMPTY'],
};

/** What is wrong only beside something that was there before. */
const COMPARES = new Set(['fail LF_SHRUNK', 'retry LF_LAYER_EMPTIED']);

describe.each(Object.entries(REFUSED))('%s', (_, [spoil, verdict]) => {
  it('never replaces the good generation', async () => {
    const bench = configuratorBench();
    bench.store.put('p/base/app.properties', GOOD);
    await bench.check();
    const good = bench.ring.active;
    spoil(bench);
    expect(verdictOf(await bench.check())).toBe(verdict);
    expect(bench.ring.active).toBe(good);
    expect(bench.configurator.state).toMatchObject({ stale: true, servedFrom: 'source' });
    // Only what was accepted is kept for the next boot.
    expect(bench.saved).toHaveLength(1);
  });

  it('is over as soon as the source is as it was, without a new generation', async () => {
    const bench = configuratorBench();
    bench.store.put('p/base/app.properties', GOOD);
    await bench.check();
    const number = bench.ring.active?.number;
    spoil(bench);
    await bench.check();
    for (const name of ['plan.yaml', 'more.yaml']) bench.store.delete(`p/base/${name}`);
    bench.store.put('p/base/app.properties', GOOD);
    expect(verdictOf(await bench.check())).toBe('ok');
    expect(bench.ring.active?.number).toBe(number);
    expect(bench.configurator.state).toMatchObject({ stale: false, failure: undefined });
  });

  if (COMPARES.has(verdict)) return;

  it('fails closed on the first boot', async () => {
    const bench = configuratorBench();
    bench.store.put('p/base/app.properties', GOOD);
    spoil(bench);
    expect(verdictOf(await bench.check())).toBe(verdict);
    expect(bench.ring.active).toBeUndefined();
    expect(bench.saved).toEqual([]);
  });
});

/** A bench whose source was good, and is refused now. */
async function refusedBench(): Promise<ConfiguratorBench> {
  const bench = configuratorBench();
  bench.store.put('p/base/app.properties', GOOD);
  await bench.check();
  bench.store.put('p/base/app.properties', 'a=1\n');
  bench.news();
  expect(verdictOf(await bench.check())).toBe('fail LF_SHRUNK');
  return bench;
}

describe('a refused content', () => {
  it('is recorded once, with its code', async () => {
    const bench = await refusedBench();
    expect(bench.news()).toEqual(['refused LF_SHRUNK', 'source stale LF_SHRUNK']);
    expect(bench.ring.summaries()[0]).toMatchObject({
      number: 2,
      state: 'refused',
      refusal: { code: 'LF_SHRUNK' },
    });
    expect(Object.fromEntries(bench.configurator.refusals)).toEqual({ LF_SHRUNK: 1 });
  });

  it('is not judged again each tick, but reported each time', async () => {
    const bench = await refusedBench();
    const judged = bench.judged();
    bench.news();
    for (let tick = 0; tick < 3; tick += 1) expect(verdictOf(await bench.check())).toBe('fail LF_SHRUNK');
    expect(bench.judged()).toBe(judged);
    expect(bench.news()).toEqual([]);
    expect(bench.ring.summaries()).toHaveLength(2);
    expect(Object.fromEntries(bench.configurator.state.failed)).toEqual({ LF_SHRUNK: 4 });
  });

  it('is judged again when it changed', async () => {
    const bench = await refusedBench();
    bench.store.put('p/base/app.properties', 'a=1\nb=2\nc=5\n');
    expect(verdictOf(await bench.check())).toBe('ok');
    expect(bench.values()).toEqual({ a: '1', b: '2', c: '5' });
    expect(bench.ring.active?.number).toBe(3);
  });

  it('stays refused through an outage in between', async () => {
    const bench = await refusedBench();
    bench.outage = retrying('LF_SOURCE_UNREACHABLE');
    await bench.check();
    bench.outage = undefined;
    expect(verdictOf(await bench.check())).toBe('fail LF_SHRUNK');
  });
});

async function give({ configurator, clock }: ConfiguratorBench, key: string, value: string) {
  const [setAt, expiresAt] = [clock.now(), clock.now() + 60_000];
  return configurator.override(
    (overrides) => overrides.with({ key, value, reason: 'x', setAt, expiresAt }),
    new AbortController().signal,
  );
}

describe('an order that is refused', () => {
  it.each([
    ['the guard', 'sqs.us-east-1.amazonaws.com', 'LF_REGION_FOREIGN'],
    ['what it refers to', '${nobody}', 'LF_REFERENCE_UNKNOWN'],
  ])('by %s has no number, and nothing was published and refused', async (_, value, code) => {
    const bench = configuratorBench();
    bench.store.put('p/base/app.properties', GOOD);
    await bench.check();
    bench.news();
    expect(await give(bench, 'a', value)).toMatchObject({ code });
    expect(bench.ring.summaries()).toHaveLength(1);
    expect(bench.configurator.refusals.size).toBe(0);
    expect(bench.news()).toEqual([]);
    expect(await give(bench, 'a', '5')).toBeUndefined();
    expect(bench.ring.active?.number).toBe(2);
  });

  it('leaves what was refused before it refused, and not once more', async () => {
    const bench = await refusedBench();
    const judged = bench.judged();
    await give(bench, 'a', '${nobody}');
    bench.news();
    expect(verdictOf(await bench.check())).toBe('fail LF_SHRUNK');
    expect(bench.judged()).toBe(judged + 1);
    expect(bench.ring.summaries()).toHaveLength(2);
    expect(bench.news()).toEqual([]);
  });

  it('that is accepted beside it, and its end, have it judged again and refused no second time', async () => {
    const bench = await refusedBench();
    bench.news();
    expect(await give(bench, 'a', '5')).toBeUndefined();
    expect(verdictOf(await bench.check())).toBe('fail LF_SHRUNK');
    expect(bench.news()).toEqual(['generation']);
    bench.overrides.replace([]);
    await bench.configurator.rebuild(new AbortController().signal);
    expect(verdictOf(await bench.check())).toBe('fail LF_SHRUNK');
    expect(bench.news()).toEqual(['generation']);
    expect(Object.fromEntries(bench.configurator.refusals)).toEqual({ LF_SHRUNK: 1 });
    expect(bench.ring.active?.number).toBe(4);

    // What is refused for another reason, or published anew, is news.
    bench.store.put('p/base/app.properties', `${GOOD}x=\${nope}\n`);
    expect(verdictOf(await bench.check())).toBe('fail LF_REFERENCE_UNKNOWN');
    bench.store.put('p/base/app.properties', 'a=1\n');
    expect(verdictOf(await bench.check())).toBe('fail LF_SHRUNK');
    expect(Object.fromEntries(bench.configurator.refusals)).toEqual({
      LF_REFERENCE_UNKNOWN: 1,
      LF_SHRUNK: 2,
    });
  });

  it('once readers saw it has its number, for it was taken back before their eyes', async () => {
    let isBroken = false;
    const applier: Applier = {
      concerns: () => true,
      apply: async ({ flip, flipBack }) => {
        flip(NOTHING_RENDERED);
        if (!isBroken) return ok([]);
        flipBack();
        return failing('LF_SERVICE');
      },
    };
    const bench = configuratorBench({ applier });
    bench.store.put('p/base/app.properties', GOOD);
    await bench.check();
    isBroken = true;
    bench.news();
    expect(await give(bench, 'a', '5')).toMatchObject({ code: 'LF_SERVICE' });
    expect(bench.news()).toEqual(['generation', 'refused LF_SERVICE']);
    expect(bench.ring.summaries().map(({ number, state }) => [number, state])).toEqual([
      [2, 'refused'],
      [1, 'active'],
    ]);
    expect(bench.configurator.refusals.size).toBe(0);
  });
});

describe('the guard', () => {
  const FOREIGN = 'q=https://sqs.us-east-1.amazonaws.com/1/q\n';

  it('lets pass what the plan allows, for that region only', async () => {
    const bench = configuratorBench();
    const allow = 'guard:\n  allow:\n    - { key: q, region: us-east-1, reason: billing is there }\n';
    bench.store.put('p/base/app.properties', FOREIGN).put('p/base/plan.yaml', allow);
    expect(verdictOf(await bench.check())).toBe('ok');
    bench.store.put('p/base/app.properties', FOREIGN.replace('us-east-1', 'us-west-2'));
    expect(verdictOf(await bench.check())).toBe('fail LF_REGION_FOREIGN');
  });

  it('that only warns activates, counts and names key and region in the log', async () => {
    const bench = configuratorBench({ policy: { guard: 'warn' } });
    bench.store.put('p/base/app.properties', FOREIGN);
    expect(verdictOf(await bench.check())).toBe('ok');
    expect(bench.configurator.sighted.foreign.count).toBe(1);
    expect(bench.log).toContain('a value names another region {"key":"q","region":"us-east-1"}');
  });

  it('that is off does not look', async () => {
    const bench = configuratorBench({ policy: { guard: 'off' } });
    bench.store.put('p/base/app.properties', FOREIGN);
    expect(verdictOf(await bench.check())).toBe('ok');
    expect(bench.configurator.sighted.foreign.count).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import type { Kept } from '#agent/daemon/runtime/state-store.ts';
import { covers, type Scope } from '#agent/daemon/configuration/scope.ts';
import { ok } from '#kit/outcome.ts';
import { configuratorBench } from '../support/configuring.ts';
import { verdictOf } from '../support/fetching.ts';
import { layerOf, payrollFacts } from '../support/layer-generator.ts';
import { failing, retrying } from '../support/memory-store.ts';

const SAVED_AT = Date.UTC(2026, 10, 20);
const NAMES = ['base', 'region/eu-west-1', 'role/web'];

function keptOf(base: string, names: readonly string[] = NAMES, root = 's3://config/p'): Kept {
  const layers = names.map((name) => {
    const layer = layerOf(name, name === 'base' ? { 'app.properties': base } : {});
    const files = layer.files.map((file) => ({ ...file, object: `${root}/${name}/${file.path}` }));
    return { ...layer, files };
  });
  return {
    savedAt: SAVED_AT,
    fetched: { release: null, layout: 'tree', layers, etags: new Map(), unchanged: false },
  };
}

it.each([
  ['file:///srv/config', '/srv/config', true],
  ['file:///srv/config/', '/srv/config', true],
  ['file:///srv/50% off', '/srv/50% off', true],
  ['file:///srv/config', '/srv/configuration', false],
  ['s3://config/p', '/srv/config', false],
])('content of a folder is told from another source by its path: %s %s', (address, root, is) => {
  const scope = { opened: { address }, selection: { selected: NAMES.map((name) => ({ name })) } };
  expect(covers(keptOf('a=1\n', NAMES, root).fetched, scope as unknown as Scope)).toBe(is);
});

describe('the last known good', () => {
  it('stands in when the source gives no first generation, and says how old it is', async () => {
    const bench = configuratorBench({ kept: keptOf('a=kept\n') });
    bench.outage = retrying('LF_SOURCE_UNREACHABLE');
    await bench.check();
    await bench.configurator.recover(new AbortController().signal);
    expect(bench.values()).toEqual({ a: 'kept' });
    expect(bench.configurator.state).toMatchObject({
      stale: true,
      servedFrom: 'last-good',
      checkedAt: SAVED_AT,
      failure: { code: 'LF_SOURCE_UNREACHABLE' },
    });
    expect(bench.configurator.layout).toBe('tree');
    // It lies there already.
    expect(bench.saved).toEqual([]);
  });

  it('gives way to the source as soon as that answers', async () => {
    const bench = configuratorBench({ kept: keptOf('a=kept\n') });
    bench.outage = retrying('LF_SOURCE_UNREACHABLE');
    await bench.check();
    await bench.configurator.recover(new AbortController().signal);
    bench.outage = undefined;
    bench.store.put('p/base/app.properties', 'a=fresh\n');
    expect(await bench.check()).toEqual(ok({ changed: true, generation: 2 }));
    expect(bench.values()).toEqual({ a: 'fresh' });
    expect(bench.configurator.state).toMatchObject({ stale: false, servedFrom: 'source' });
  });

  it('protects against a source that came back shrunken or blank', async () => {
    const bench = configuratorBench({ kept: keptOf('a=1\nb=2\nc=3\n') });
    bench.outage = retrying('LF_SOURCE_UNREACHABLE');
    await bench.check();
    await bench.configurator.recover(new AbortController().signal);
    bench.outage = undefined;
    bench.store.put('p/base/app.properties', 'a=1\n');
    expect(verdictOf(await bench.check())).toBe('fail LF_SHRUNK');
    bench.store.put('p/base/app.properties', '').put('p/base/more.properties', 'x=1\n');
    expect(verdictOf(await bench.check())).toBe('retry LF_LAYER_EMPTIED');
    expect(bench.values()).toEqual({ a: '1', b: '2', c: '3' });
  });

  it('measures the first fetch after a restart, before anything is active', async () => {
    const bench = configuratorBench({ kept: keptOf('a=1\nb=2\nc=3\n') });
    bench.store.put('p/base/app.properties', 'a=1\n');
    expect(verdictOf(await bench.check())).toBe('fail LF_SHRUNK');
    bench.store.put('p/base/app.properties', '').put('p/base/more.properties', 'x=1\n');
    expect(verdictOf(await bench.check())).toBe('retry LF_LAYER_EMPTIED');
    await bench.configurator.recover(new AbortController().signal);
    expect(bench.values()).toEqual({ a: '1', b: '2', c: '3' });
    expect(bench.saved).toEqual([]);
  });

  it('does not stand in for another source, be it missing or elsewhere', async () => {
    const bench = configuratorBench({ kept: keptOf('a=kept\n', NAMES, 's3://config/payroll') });
    bench.outage = failing('LF_BUCKET_MISSING');
    await bench.check();
    await bench.configurator.recover(new AbortController().signal);
    expect(bench.ring.active).toBeUndefined();
  });

  it.each([
    ['another role', ok({ ...payrollFacts, role: 'worker' })],
    ['no role any more', ok({ ...payrollFacts, role: undefined })],
  ])('does not stand in for %s: those are other layers', async (_, facts) => {
    const bench = configuratorBench({ kept: keptOf('a=kept\n') });
    bench.facts = facts;
    bench.outage = retrying('LF_SOURCE_UNREACHABLE');
    await bench.check();
    await bench.configurator.recover(new AbortController().signal);
    expect(bench.ring.active).toBeUndefined();
  });

  it('waits for the tags: without them nothing says which layers apply', async () => {
    const bench = configuratorBench({ kept: keptOf('a=kept\n') });
    bench.facts = retrying('LF_TAGS_UNAVAILABLE');
    await bench.check();
    await bench.configurator.recover(new AbortController().signal);
    expect(bench.ring.active).toBeUndefined();
    bench.facts = ok(payrollFacts);
    bench.outage = failing('LF_SOURCE_DENIED');
    await bench.check();
    await bench.configurator.recover(new AbortController().signal);
    expect(bench.values()).toEqual({ a: 'kept' });
  });

  it('is judged by the guard like anything else, and once', async () => {
    const bench = configuratorBench({ kept: keptOf('q=sqs.us-east-1.amazonaws.com\n') });
    bench.outage = retrying('LF_SOURCE_UNREACHABLE');
    for (let tick = 0; tick < 3; tick += 1) {
      await bench.check();
      await bench.configurator.recover(new AbortController().signal);
    }
    expect(bench.ring.active).toBeUndefined();
    expect(bench.configurator.state.servedFrom).toBeNull();
    expect(bench.judged()).toBe(1);
    expect(bench.news()).toEqual(['source stale LF_SOURCE_UNREACHABLE', 'refused LF_REGION_FOREIGN']);
  });
});

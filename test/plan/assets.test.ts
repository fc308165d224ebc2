import { describe, expect, it } from 'vitest';
import { propertiesLayers } from '#agent/plan/named-assets.ts';
import { ContentCache } from '#kit/content-cache.ts';
import { createLayerPlanCache, readSheet } from '#agent/plan/layer-plan.ts';
import { readPlan } from '#agent/plan/read-plan.ts';
import type { LayerContent } from '#config-service';
import { configuratorBench } from '../support/configuring.ts';
import { layerOf } from '../support/layer-generator.ts';

const problemsOf = (...layers: LayerContent[]) =>
  readPlan(layers).problems.map(({ file, line, message }) => `${file}:${line} ${message}`);

describe('a file that a plan names', () => {
  it('is one of its own layer', () => {
    expect(
      problemsOf(
        layerOf('base', { 'scripts/base.sh': '' }),
        layerOf('role/web', {
          'plan.yaml': 'schema: schema.json\nscripts:\n  a: { run: scripts/base.sh }\n',
        }),
      ),
    ).toEqual([
      'role/web/plan.yaml:1 schema: role/web has no file schema.json',
      'role/web/plan.yaml:3 scripts.a.run: role/web has no file scripts/base.sh',
    ]);
  });

  it('is there even where a stronger layer names another', () => {
    expect(
      problemsOf(
        layerOf('base', { 'plan.yaml': 'scripts: { a: { run: scripts/a.sh } }\n', 'scripts/b.sh': '' }),
        layerOf('role/web', { 'plan.yaml': 'scripts: { a: }\n' }),
      ),
    ).toEqual(['base/plan.yaml:1 scripts.a.run: base has no file scripts/a.sh; did you mean scripts/b.sh?']);
  });

  it('lies where instances look', () => {
    expect(problemsOf(layerOf('base', { 'plan.yaml': 'init: cfn/init.json\n' }))).toEqual([
      'base/plan.yaml:1 init.base#1.document: cfn/init.json is no file of a layer: those lie in its folder, or below scripts/, templates/ or files/',
    ]);
  });

  it('is not the plan', () => {
    expect(problemsOf(layerOf('base', { 'plan.yaml': 'schema: plan.yaml\n' }))).toEqual([
      'base/plan.yaml:1 schema: a plan cannot name itself',
    ]);
  });

  it('is no properties file, not even when a stronger layer takes the entry back', () => {
    const files = {
      'plan.yaml': 'schema: schema.json\ninit: init.json\n',
      'schema.json': '{}',
      'init.json': '{}',
    };
    const [base, role] = propertiesLayers([
      layerOf('base', { ...files, 'app.json': '{}' }),
      layerOf('role/web', { 'plan.yaml': 'init: null\n', 'init.json': '{}' }),
    ]);
    expect(base?.files.map(({ path }) => path)).toEqual(['plan.yaml', 'app.json']);
    expect(role?.files.map(({ path }) => path)).toEqual(['plan.yaml', 'init.json']);
  });

  it('gives no key to the generation', async () => {
    const bench = configuratorBench();
    bench.store.put('p/base/app.json', '{ "a": 1 }');
    bench.store.put('p/base/schema.json', '{ "properties": { "a": {} } }');
    bench.store.put('p/base/plan.yaml', 'schema: schema.json\n');
    await bench.check();
    expect(bench.values()).toEqual({ a: '1' });
    expect(bench.ring.active?.layers[0]?.files.map(({ path }) => path)).toEqual(['app.json']);
  });
});

it('two plans in a layer are one too many', () => {
  expect(problemsOf(layerOf('base', { 'plan.yaml': '', 'plan.yml': '' }))).toEqual([
    'base/plan.yml:undefined base/plan.yaml is there too; keep one of them',
  ]);
});

const fileOf = (text: string) => layerOf('base', { 'plan.yaml': text }).files[0];

describe('the memory of plans', () => {
  const [first, second] = [fileOf('require: [a]\n'), fileOf('require: [b]\n')];
  if (!first || !second) throw new Error('a layer without a file');

  it('reads the same bytes once, under each name', () => {
    const read = createLayerPlanCache(new ContentCache(1000));
    const sheet = read('base', first);
    expect(sheet).toEqual(readSheet('base', first));
    expect(read('base', { ...first, bytes: new Uint8Array() })).toBe(sheet);
    expect(read('role/web', first)).not.toBe(sheet);
    expect(read('base', second)).not.toBe(sheet);
  });
});

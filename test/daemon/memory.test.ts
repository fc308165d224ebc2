import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createMemory } from '#agent/daemon/memory.ts';
import type { ActiveOverride } from '#agent/daemon/override-set.ts';
import { fail, ok } from '#kit/outcome.ts';
import { loggerInto } from '../support/configuring.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { layerOf } from '../support/layer-generator.ts';
import { failing } from '../support/memory-store.ts';
import { keyOf, SIBLING } from '../support/sealing.ts';

const clock = new FakeClock();
let folder: string;
let log: string[];
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'landfall-memory-')));
  log = [];
});
afterEach(() => rm(folder, { recursive: true }));

const FETCHED = {
  release: 'r-1',
  layout: 'tree',
  layers: [layerOf('base', { 'app.properties': 'pw=hunter2\n' })],
  etags: new Map([['s3://b/base/app.properties', '"e"']]),
  unchanged: true,
} as const;

const override = (key: string): ActiveOverride => ({ key, value: 'v', reason: 'r', setAt: 1, expiresAt: 2 });

it('gives back after a restart what was kept, with the time it was kept', async () => {
  await createMemory(ok(folder), keyOf(), clock, loggerInto(log)).save(FETCHED, new Map());
  const memory = createMemory(ok(folder), keyOf(), clock, loggerInto(log));
  expect(memory.state).toBe('sealed for this instance');
  const kept = await memory.load();
  expect(kept?.savedAt).toBe(clock.now());
  expect(kept?.fetched).toMatchObject({ release: 'r-1', layout: 'tree', unchanged: false });
  expect(kept?.fetched.etags).toEqual(FETCHED.etags);
  expect(kept?.fetched.layers[0]?.files[0]?.sha256).toBe(FETCHED.layers[0]?.files[0]?.sha256);
  expect((await readFile(join(folder, 'last-good.sealed'))).includes('hunter2')).toBe(false);
});

it('has nothing to give at first, which is no news', async () => {
  const memory = createMemory(ok(folder), keyOf(), clock, loggerInto(log));
  expect(await memory.load()).toBeUndefined();
  expect(await memory.loadOverrides()).toEqual([]);
  expect(log).toEqual([]);
});

it('takes nothing of another instance, and says so', async () => {
  await createMemory(ok(folder), keyOf(SIBLING), clock, loggerInto([])).save(FETCHED, new Map());
  const memory = createMemory(ok(folder), keyOf(), clock, loggerInto(log));
  expect(await memory.load()).toBeUndefined();
  expect(log).toHaveLength(1);
  expect(log[0]).toMatch(/^the last known good in the state folder cannot be used .*other-instance/);
});

it('takes nothing that is damaged, and says so', async () => {
  await createMemory(ok(folder), keyOf(), clock, loggerInto([])).saveOverrides([override('a')]);
  await writeFile(join(folder, 'overrides.sealed'), 'torn');
  expect(await createMemory(ok(folder), keyOf(), clock, loggerInto(log)).loadOverrides()).toEqual([]);
  expect(log[0]).toMatch(/^the overrides in the state folder cannot be used/);
});

it('of many overrides saved at once the last one stays', async () => {
  const memory = createMemory(ok(folder), keyOf(), clock, loggerInto(log));
  const sets = Array.from({ length: 20 }, (_, index) => [override(`key${index}`)]);
  await Promise.all(sets.map((set) => memory.saveOverrides(set)));
  expect(await memory.loadOverrides()).toEqual(sets.at(-1));
});

it('that cannot be written is a warning, not an end', async () => {
  const memory = createMemory(ok('/proc/self/landfall'), keyOf(), clock, loggerInto(log));
  await memory.save(FETCHED, new Map());
  await memory.saveOverrides([]);
  expect(log.map((line) => line.split(' {')[0])).toEqual([
    'state could not be kept',
    'state could not be kept',
  ]);
});

it.each([
  [
    'a signature',
    createMemory(ok('/nowhere'), undefined, clock, loggerInto([])),
    'nothing is kept: the metadata service gives no signature to seal it with',
  ],
  [
    'a folder',
    createMemory(fail(failing('LF_STATE_DIR').fault), keyOf(), clock, loggerInto([])),
    'nothing is kept: the test says so',
  ],
])('without %s nothing is kept, and the state says why', async (_, memory, state) => {
  expect(memory.state).toBe(state);
  await memory.save(FETCHED, new Map());
  await memory.saveOverrides([override('a')]);
  expect(await memory.load()).toBeUndefined();
  expect(await memory.loadOverrides()).toEqual([]);
});

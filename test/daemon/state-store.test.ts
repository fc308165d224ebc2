import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createStateStore, type StateStore } from '#agent/daemon/runtime/state-store.ts';
import type { ActiveOverride } from '#agent/daemon/runtime/override-set.ts';
import type { SealKey } from '#config-service';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { loggerInto } from '../support/configuring.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { layerOf } from '../support/layer-generator.ts';
import { failing } from '../support/memory-store.ts';
import { HERE, keyOf, SIBLING } from '../support/sealing.ts';

const clock = new FakeClock();
let folder: string;
let log: string[];
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'landfall-memory-')));
  log = [];
});
afterEach(() => rm(folder, { recursive: true }));

function memoryOf(state: Outcome<string>, key: SealKey | undefined, lines: string[]): StateStore {
  const uid = process.geteuid?.() ?? 0;
  return createStateStore({ folder: state, here: HERE, key, uid, clock, logger: loggerInto(lines) });
}

const FETCHED = {
  release: 'r-1',
  layout: 'tree',
  layers: [layerOf('base', { 'app.properties': 'pw=hunter2\n' })],
  etags: new Map([['s3://b/base/app.properties', '"e"']]),
  unchanged: true,
} as const;

const override = (key: string): ActiveOverride => ({ key, value: 'v', reason: 'r', setAt: 1, expiresAt: 2 });

it('gives back after a restart what was kept, with the time it was kept', async () => {
  await memoryOf(ok(folder), keyOf(), log).save(FETCHED, new Map());
  const memory = memoryOf(ok(folder), keyOf(), log);
  expect(memory.state).toBe('sealed for this instance');
  const kept = await memory.load();
  expect(kept?.savedAt).toBe(clock.now());
  expect(kept?.fetched).toMatchObject({ release: 'r-1', layout: 'tree', unchanged: false });
  expect(kept?.fetched.etags).toEqual(FETCHED.etags);
  expect(kept?.fetched.layers[0]?.files[0]?.sha256).toBe(FETCHED.layers[0]?.files[0]?.sha256);
  expect((await readFile(join(folder, 'last-good.sealed'))).includes('hunter2')).toBe(false);
});

it('has nothing to give at first, which is no news', async () => {
  const memory = memoryOf(ok(folder), keyOf(), log);
  expect(await memory.load()).toBeUndefined();
  expect(await memory.loadOverrides()).toEqual([]);
  expect(log).toEqual([]);
});

it('takes nothing of another instance, and says so', async () => {
  await memoryOf(ok(folder), keyOf(SIBLING), []).save(FETCHED, new Map());
  const memory = memoryOf(ok(folder), keyOf(), log);
  expect(await memory.load()).toBeUndefined();
  expect(log).toHaveLength(1);
  expect(log[0]).toMatch(/^the last known good in the state folder cannot be used .*other-instance/);
});

it('takes nothing that is damaged, and says so', async () => {
  await memoryOf(ok(folder), keyOf(), []).saveOverrides([override('a')]);
  await writeFile(join(folder, 'overrides.sealed'), 'torn');
  expect(await memoryOf(ok(folder), keyOf(), log).loadOverrides()).toEqual([]);
  expect(log[0]).toMatch(/^the overrides in the state folder cannot be used/);
});

it('of many overrides saved at once the last one stays', async () => {
  const memory = memoryOf(ok(folder), keyOf(), log);
  const sets = Array.from({ length: 20 }, (_, index) => [override(`key${index}`)]);
  await Promise.all(sets.map((set) => memory.saveOverrides(set)));
  expect(await memory.loadOverrides()).toEqual(sets.at(-1));
});

it('that cannot be written is a warning, not an end', async () => {
  const memory = memoryOf(ok('/proc/self/landfall'), keyOf(), log);
  await memory.save(FETCHED, new Map());
  await memory.saveOverrides([]);
  expect(log.map((line) => line.split(' {')[0])).toEqual([
    'state could not be kept',
    'state could not be kept',
  ]);
});

it('keeps what holds no values in clear: it opens with another signature, and without one', async () => {
  const text = Buffer.from('offsets');
  const file = memoryOf(ok(folder), keyOf(), log).stamped('logs.a');
  expect((await file?.save(text))?.kind).toBe('ok');
  for (const key of [keyOf(HERE, 'after a stop and start'), undefined])
    expect(await memoryOf(ok(folder), key, log).stamped('logs.a')?.load()).toMatchObject({ content: text });
  expect(memoryOf(fail(failing('LF_STATE_DIR').fault), keyOf(), log).stamped('logs.a')).toBeUndefined();
});

it.each([
  [
    'a signature',
    memoryOf(ok('/nowhere'), undefined, []),
    'nothing is kept that holds values: the metadata service gives no signature to seal it with',
  ],
  [
    'a folder',
    memoryOf(fail(failing('LF_STATE_DIR').fault), keyOf(), []),
    'nothing is kept: the test says so',
  ],
])('without %s nothing is kept, and the state says why', async (_, memory, state) => {
  expect(memory.state).toBe(state);
  await memory.save(FETCHED, new Map());
  await memory.saveOverrides([override('a')]);
  expect(await memory.load()).toBeUndefined();
  expect(await memory.loadOverrides()).toEqual([]);
});

import { expect, test } from 'vitest';
import type { Checkpoint } from '#agent/logs/base/checkpoints.ts';
import { createCheckpointSlots, type SlotName, type Slots } from '#agent/logs/files/checkpoint-slots.ts';
import { fail, ok } from '#kit/outcome.ts';

test('checkpoints come back, keys of any characters apart', async () => {
  const { slots } = memorySlots();
  const checkpoints = new Map([
    ['files:/a/b', { version: 1, n: 1 }],
    ['files:/a_b', { version: 1, n: 2 }],
  ]);
  await createCheckpointSlots(slots, unreported).save(checkpoints);
  expect(await createCheckpointSlots(slots, unreported).load()).toEqual(checkpoints);
});

test.each([
  ['torn', (bytes: Uint8Array) => bytes.subarray(0, bytes.length / 2)],
  ['empty', () => new Uint8Array()],
  ['garbage', () => Buffer.from('{"generation":99}')],
  [
    'of a later version',
    (bytes: Uint8Array) => Buffer.from(Buffer.from(bytes).toString().replace('s 1 ', 's 2 ')),
  ],
  ['flipped', (bytes: Uint8Array) => Buffer.from(Buffer.from(bytes).toString().replace('"n":3', '"n":4'))],
])('case 25: of a save that is %s the one before is used, and saving goes on', async (_, damage) => {
  const { slots, kept } = memorySlots();
  const first = createCheckpointSlots(slots, unreported);
  for (const n of [1, 2, 3]) await first.save(numbered(n));
  const last = kept.get('a');
  if (last) kept.set('a', damage(last));
  const damaged: unknown[] = [];
  const second = createCheckpointSlots(slots, (name, hasPrevious) => damaged.push([name, hasPrevious]));
  expect(await second.load()).toEqual(numbered(2));
  expect(damaged).toEqual([['a', true]]);
  await second.save(numbered(5));
  expect(await createCheckpointSlots(slots, unreported).load()).toEqual(numbered(5));
});

test('case 25: when both are damaged there is none, said loudly', async () => {
  const { slots, kept } = memorySlots();
  for (const name of ['a', 'b'] as const) kept.set(name, Buffer.from('no'));
  const damaged: unknown[] = [];
  const checkpoints = createCheckpointSlots(slots, (name, hasPrevious) => damaged.push([name, hasPrevious]));
  expect(await checkpoints.load()).toEqual(new Map());
  expect(damaged).toEqual([
    ['a', false],
    ['b', false],
  ]);
});

test('case 26: a save that fails is tried again in the same slot, the good one is kept', async () => {
  const { slots, kept, failing } = memorySlots();
  const checkpoints = createCheckpointSlots(slots, unreported);
  await checkpoints.save(numbered(1));
  failing.now = true;
  expect((await checkpoints.save(numbered(2))).kind).toBe('fail');
  expect((await checkpoints.save(numbered(3))).kind).toBe('fail');
  expect([...kept.keys()]).toEqual(['a']);
  failing.now = false;
  await checkpoints.save(numbered(4));
  expect([...kept.keys()]).toEqual(['a', 'b']);
  expect(await createCheckpointSlots(slots, unreported).load()).toEqual(numbered(4));
});

function numbered(n: number): ReadonlyMap<string, Checkpoint> {
  return new Map([['files:app', { version: 1, n }]]);
}

function unreported(): never {
  throw new Error('nothing is damaged');
}

function memorySlots(): { slots: Slots; kept: Map<SlotName, Uint8Array>; failing: { now: boolean } } {
  const kept = new Map<SlotName, Uint8Array>();
  const failing = { now: false };
  const full = {
    code: 'LF_STATE_DIR',
    operation: 'write',
    subject: 'slot',
    cause: 'ENOSPC',
    hint: '',
  } as const;
  return {
    kept,
    failing,
    slots: {
      load: async (name) => kept.get(name),
      save: async (name, bytes) => {
        if (failing.now) return fail(full);
        kept.set(name, bytes);
        return ok(undefined);
      },
    },
  };
}

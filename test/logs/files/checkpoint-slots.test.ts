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
  await createCheckpointSlots(slots, unreported).save(checkpoints, true);
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
  for (const n of [1, 2, 3]) await first.save(numbered(n), true);
  const last = kept.get('a');
  if (last) kept.set('a', damage(last));
  const damaged: unknown[] = [];
  const second = createCheckpointSlots(slots, (name, hasPrevious) => damaged.push([name, hasPrevious]));
  expect(await second.load()).toEqual(numbered(2));
  expect(damaged).toEqual([['a', true]]);
  await second.save(numbered(5), true);
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
  await checkpoints.save(numbered(1), true);
  failing.now = true;
  expect((await checkpoints.save(numbered(2), true)).kind).toBe('fail');
  expect((await checkpoints.save(numbered(3), true)).kind).toBe('fail');
  expect([...kept.keys()]).toEqual(['a']);
  failing.now = false;
  await checkpoints.save(numbered(4), true);
  expect([...kept.keys()]).toEqual(['a', 'b']);
  expect(await createCheckpointSlots(slots, unreported).load()).toEqual(numbered(4));
});

test('case 24: what is not durable yet is what comes back, as long as nothing later is', async () => {
  const { slots, kept } = memorySlots();
  const first = createCheckpointSlots(slots, unreported);
  await first.save(numbered(1), true);
  await first.save(numbered(2), false);
  await first.save(numbered(3), false);
  expect([...kept.keys()]).toEqual(['a', 'recent']);
  const second = createCheckpointSlots(slots, unreported);
  expect(await second.load()).toEqual(numbered(3));
  await second.save(numbered(4), true);
  expect([...kept.keys()]).toEqual(['a', 'recent', 'b']);
  expect(await createCheckpointSlots(slots, unreported).load()).toEqual(numbered(4));
});

test('case 25: of what a power cut left of it, the durable one before it is used', async () => {
  const { slots, kept } = memorySlots();
  const first = createCheckpointSlots(slots, unreported);
  await first.save(numbered(1), true);
  await first.save(numbered(2), false);
  kept.set('recent', new Uint8Array(100));
  const damaged: unknown[] = [];
  const second = createCheckpointSlots(slots, (name, hasPrevious) => damaged.push([name, hasPrevious]));
  expect(await second.load()).toEqual(numbered(1));
  expect(damaged).toEqual([['recent', true]]);
});

test('case 24: of a durable save that a kill tears, what came before it and is not durable is used', async () => {
  const { slots, kept } = memorySlots();
  const first = createCheckpointSlots(slots, unreported);
  await first.save(numbered(1), true);
  await first.save(numbered(2), false);
  await first.save(numbered(3), true);
  kept.set('b', Buffer.from(kept.get('b')?.subarray(0, 50) ?? []));
  const second = createCheckpointSlots(slots, () => {});
  expect(await second.load()).toEqual(numbered(2));
  await second.save(numbered(4), true);
  expect(await createCheckpointSlots(slots, unreported).load()).toEqual(numbered(4));
});

test('behind saves of a version that does not know it, what was not durable is nothing', async () => {
  const { slots, kept } = memorySlots();
  const current = createCheckpointSlots(slots, unreported);
  await current.save(numbered(1), true);
  await current.save(numbered(2), false);
  const recent = kept.get('recent') ?? new Uint8Array();
  kept.delete('recent');
  const former = createCheckpointSlots(slots, unreported);
  await former.load();
  await former.save(numbered(3), true);
  kept.set('recent', recent);
  expect(await createCheckpointSlots(slots, unreported).load()).toEqual(numbered(3));
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

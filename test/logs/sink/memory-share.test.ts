import { expect, test } from 'vitest';
import { MemoryBudget } from '#agent/logs/sink/memory-budget.ts';

const MIB = 1024 * 1024;
const never = new AbortController().signal;

/** What one source comes to hold when nothing is given back, in steps of 64 KiB. */
async function fill(share: MemoryBudget): Promise<number> {
  const hold = share.hold();
  while (await mayRead(hold.room(never))) hold.take(64 * 1024);
  return hold.bytes;
}

async function mayRead(room: Promise<void>): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setImmediate(() => resolve(false)));
  return Promise.race([room.then(() => true), late]);
}

test('case 54: sources that are stuck take a third, then less and less, and there is room for one more', async () => {
  const share = new MemoryBudget(24 * MIB);
  const first = await fill(share);
  const second = await fill(share);
  expect(first / MIB).toBeCloseTo(8, 0);
  expect(second).toBeLessThan(first);
  for (let more = 0; more < 20; more += 1) await fill(share);
  expect(share.heldBytes).toBeLessThan(25 * MIB);
  expect(await mayRead(share.hold().room(never))).toBe(true);
});

test('who waits for room goes on when some is given back, and ends when it is told to', async () => {
  const share = new MemoryBudget(1 * MIB);
  const [mine, other] = [share.hold(), share.hold()];
  mine.take(MIB);
  const room = mine.room(never);
  expect(await mayRead(room)).toBe(false);
  mine.give(MIB);
  await room;
  other.take(MIB);
  const stop = new AbortController();
  const refused = other.room(stop.signal);
  stop.abort(new Error('over'));
  await expect(refused).rejects.toThrow('over');
});

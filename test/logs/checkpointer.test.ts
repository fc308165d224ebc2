import { describe, expect, it } from 'vitest';
import { Checkpointer } from '#agent/logs/base/checkpointer.ts';
import { silentLogger } from '#kit/logger.ts';
import { ok } from '#kit/outcome.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { elapse } from '../support/patience.ts';

it.each(Array.from({ length: 8 }, (_, turns) => turns))(
  'is on the disk when the last write is done, %i turns after somebody asked for it',
  async (turns) => {
    const kept: unknown[] = [];
    const disk = Promise.withResolvers<void>();
    const port = {
      load: async () => new Map<string, never>(),
      save: async (checkpoints: ReadonlyMap<string, unknown>) => {
        await disk.promise;
        kept.push(Object.fromEntries(checkpoints));
        return ok(undefined);
      },
    };
    const book = new Checkpointer(port, new FakeClock(), silentLogger, new AbortController().signal);
    await book.load('a');
    book.note('a', () => ({ offset: 7 }));
    void book.keep();
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    const flushed = book.flush().then(() => kept.length);
    await new Promise((resolve) => setImmediate(resolve));
    disk.resolve();
    expect(await flushed).toBe(1);
    expect(kept).toEqual([{ a: { offset: 7 } }]);
  },
);

describe('a stream that waits for each of its checkpoints', () => {
  it('waits for a disk once a second, and for no disk in between', async () => {
    const { book, clock, saves } = await bookOf();
    for (let batch = 0; batch < 50; batch += 1) {
      book.note('a', () => ({ batch }));
      await elapse(clock, book.keep());
      expect(saves.at(-1)?.pages).toEqual({ a: { batch } });
      await elapse(clock, clock.sleep(45));
    }
    const durable = saves.filter((save) => save.durable).map(({ at }) => at);
    expect(saves.length).toBeGreaterThanOrEqual(50);
    expect(durable.length).toBeGreaterThan(2);
    for (const [index, at] of durable.slice(1).entries())
      expect(at).toBeGreaterThanOrEqual((durable[index] ?? 0) + 1000);
  });

  it('is durable a second later when nothing more comes, and then nothing is written', async () => {
    const { book, clock, saves } = await bookOf();
    for (const offset of [1, 2]) {
      book.note('a', () => ({ offset }));
      await elapse(clock, book.keep());
    }
    expect(saves.map(({ durable }) => durable)).toEqual([true, false]);
    await elapse(clock, clock.sleep(1100));
    expect(saves.at(-1)).toMatchObject({ durable: true, pages: { a: { offset: 2 } } });
    await elapse(clock, clock.sleep(60_000));
    expect(saves).toHaveLength(3);
  });

  it('leaves nothing behind that is not durable when the agent ends', async () => {
    const { book, clock, saves } = await bookOf();
    for (const offset of [1, 2]) {
      book.note('a', () => ({ offset }));
      await elapse(clock, book.keep());
    }
    await book.flush();
    expect(saves.at(-1)).toMatchObject({ durable: true, pages: { a: { offset: 2 } } });
  });
});

interface Save {
  readonly at: number;
  readonly durable: boolean;
  readonly pages: unknown;
}

async function bookOf(): Promise<{ book: Checkpointer; clock: FakeClock; saves: Save[] }> {
  const saves: Save[] = [];
  const clock = new FakeClock();
  const port = {
    load: async () => new Map<string, never>(),
    save: async (checkpoints: ReadonlyMap<string, unknown>, durable: boolean) => {
      saves.push({ at: clock.monotonic(), durable, pages: Object.fromEntries(checkpoints) });
      return ok(undefined);
    },
  };
  const book = new Checkpointer(port, clock, silentLogger, new AbortController().signal);
  await book.load('a');
  return { book, clock, saves };
}

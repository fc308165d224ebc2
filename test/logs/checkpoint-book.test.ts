import { expect, it } from 'vitest';
import { Checkpointer } from '#agent/logs/base/checkpointer.ts';
import { silentLogger } from '#kit/logger.ts';
import { ok } from '#kit/outcome.ts';
import { FakeClock } from '../support/fake-clock.ts';

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

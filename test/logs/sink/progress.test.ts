import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Progress } from '#agent/logs/sink/progress.ts';

test('case 28: the position moves only over what is settled without a gap', () => {
  const acknowledged: number[] = [];
  const progress = new Progress((end) => acknowledged.push(end));
  for (let event = 0; event < 9; event += 1) progress.next();
  progress.settle(3, 6, 600);
  progress.settle(6, 9, 900);
  expect(acknowledged).toEqual([]);
  progress.settle(0, 3, 300);
  expect(acknowledged).toEqual([900]);
});

test('case 28: whatever the order batches come back in, positions grow, and never pass one that is open', () => {
  const runs = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(
      runs.chain((lengths) => fc.tuple(fc.constant(lengths), fc.shuffledSubarray([...lengths.keys()]))),
      ([lengths, order]) => {
        const acknowledged: number[] = [];
        const progress = new Progress((end) => acknowledged.push(end));
        const starts = lengths.map((_, index) =>
          lengths.slice(0, index).reduce((sum, length) => sum + length, 0),
        );
        for (const length of lengths) for (let event = 0; event < length; event += 1) progress.next();
        const settled = new Set<number>();
        for (const run of order) {
          const from = starts[run] ?? 0;
          const to = from + (lengths[run] ?? 0);
          progress.settle(from, to, to);
          settled.add(run);
          const open = lengths.findIndex((_, index) => !settled.has(index));
          const prefix = open === -1 ? to + progress.unsettled : (starts[open] ?? 0);
          expect(acknowledged.at(-1) ?? 0).toBe(
            open === -1 ? (starts.at(-1) ?? 0) + (lengths.at(-1) ?? 0) : prefix,
          );
        }
        expect(acknowledged).toEqual(acknowledged.toSorted((a, b) => a - b));
      },
    ),
  );
});

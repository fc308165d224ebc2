import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeDiffs, reversed } from '#agent/dashboard/page/composed-diff.ts';
import type { Diff } from '#agent/dashboard/page/documents.ts';

type Values = Readonly<Record<string, string>>;

function between(before: Values, after: Values, generation = 1): Diff {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return {
    generation,
    added: keys.flatMap((key) =>
      before[key] === undefined && after[key] !== undefined ? [{ key, value: after[key] }] : [],
    ),
    removed: keys.flatMap((key) =>
      before[key] !== undefined && after[key] === undefined ? [{ key, value: before[key] }] : [],
    ),
    changed: keys.flatMap((key) =>
      before[key] !== undefined && after[key] !== undefined && before[key] !== after[key]
        ? [{ key, before: before[key], after: after[key] }]
        : [],
    ),
  };
}

const VALUES = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'toString'), fc.constantFrom('1', '2', '3'), {
  noNullPrototype: true,
});

describe('a difference over several generations', () => {
  it('is what comparing the first with the last gives, either way', () => {
    fc.assert(
      fc.property(fc.array(VALUES, { minLength: 2, maxLength: 6 }), (states) => {
        const own = states.map((state) => Object.assign(Object.create(null), state) as Values);
        const steps = own.slice(1).map((after, index) => between(own[index] ?? {}, after, index + 2));
        const { generation: _, ...whole } = between(own[0] ?? {}, own.at(-1) ?? {});
        const { generation: __, ...back } = between(own.at(-1) ?? {}, own[0] ?? {});
        expect(composeDiffs(steps)).toEqual(whole);
        expect(reversed(composeDiffs(steps))).toEqual(back);
      }),
    );
  });

  it('keeps a secret that may have been changed back: nobody can tell', () => {
    const step = {
      generation: 2,
      added: [],
      removed: [],
      changed: [{ key: 'pass', before: '[redacted]', after: '[redacted]' }],
    };
    expect(composeDiffs([step, step]).changed).toEqual([
      { key: 'pass', before: '[redacted]', after: '[redacted]' },
    ]);
  });
});

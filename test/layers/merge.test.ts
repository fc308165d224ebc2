import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Chains } from '../../config-service/layers/assignment.ts';
import { inForce, merge } from '../../config-service/layers/merge.ts';
import { chainsOfLayer } from '../../config-service/layers/parsed-layer.ts';

/** Few keys, so that layers meet; names that JavaScript objects trip over; lists, nested ones, and what looks like items. */
const KEYS = [
  'a',
  'a.0',
  'a.0.x',
  'a.1',
  'a.1.0',
  'a.7',
  'a.01',
  'a.k',
  'a.k.0',
  'b',
  '__proto__',
  '__proto__.0',
  'constructor',
  '',
];

const entry = fc.record({
  key: fc.constantFrom(...KEYS),
  value: fc.constantFrom('1', '2', ''),
  items: fc.option(fc.nat(3), { nil: undefined }),
});

/** Layers whose place in the order is known, as `resolve` makes them. */
const stack = fc
  .array(fc.uniqueArray(entry, { selector: ({ key }) => key }), { maxLength: 6 })
  .map((layers) => layers.map((entries, strength) => chainsOf(entries, strength)));

function chainsOf(
  entries: readonly { key: string; value: string; items?: number | undefined }[],
  strength: number,
): Chains {
  const file = {
    path: 'f',
    object: 'o',
    entries: entries.map(({ key, value, items }, index) =>
      items === undefined
        ? { key, value, line: index + 1, column: 1 }
        : { key, value: '', line: index + 1, column: 1, items },
    ),
  };
  return chainsOfLayer({ name: `layer${strength}`, files: [file] }, strength).chains;
}

const shown = (chains: Chains): unknown => [...chains].toSorted(([a], [b]) => (a < b ? -1 : 1));

describe('merge', () => {
  it('is associative', () => {
    fc.assert(
      fc.property(stack, fc.nat(6), fc.nat(6), (layers, one, two) => {
        const [first, second] = [Math.min(one, two), Math.max(one, two)];
        const parts = [layers.slice(0, first), layers.slice(first, second), layers.slice(second)].map(merge);
        const [weak = new Map(), middle = new Map(), strong = new Map()] = parts;
        const left = merge([merge([weak, middle]), strong]);
        const right = merge([weak, merge([middle, strong])]);
        expect(shown(left)).toEqual(shown(right));
        expect(shown(left)).toEqual(shown(merge(layers)));
        expect(shown(inForce(left))).toEqual(shown(inForce(right)));
      }),
    );
  });

  it('does not notice an empty layer', () => {
    fc.assert(
      fc.property(stack, fc.nat(6), (layers, at) => {
        expect(shown(merge(layers.toSpliced(at, 0, new Map())))).toEqual(shown(merge(layers)));
      }),
    );
    expect(merge([])).toEqual(new Map());
  });

  it('changes no input', () => {
    fc.assert(
      fc.property(stack, (layers) => {
        const before = structuredClone(layers);
        for (const layer of layers) for (const chain of layer.values()) deepFreeze(chain);
        inForce(merge(layers));
        expect(layers).toEqual(before);
      }),
    );
  });

  it('loses no assignment and puts the strongest first', () => {
    fc.assert(
      fc.property(stack, (layers) => {
        for (const [key, chain] of merge(layers)) {
          const strengths = chain.map((assignment) => assignment.strength);
          expect(strengths).toEqual(
            layers.flatMap((layer, index) => (layer.has(key) ? [index] : [])).toReversed(),
          );
        }
      }),
    );
  });
});

describe('what is in force', () => {
  it('is what laying one layer on another, in order, leaves', () => {
    fc.assert(
      fc.property(stack, (layers) => {
        expect([...inForce(merge(layers)).keys()].toSorted()).toEqual(survivors(layers));
      }),
    );
  });
});

/** The rules of lists said another way: layer by layer, striking out what the new one hides. */
function survivors(layers: readonly Chains[]): string[] {
  const alive = new Map<string, { readonly itemOf: readonly string[]; readonly isList: boolean }>();
  for (const layer of layers) {
    for (const [owner, [{ items }]] of layer) {
      for (const [key, { itemOf }] of alive) {
        if (!key.startsWith(`${owner}.`)) continue;
        const isBelow = looksLikeItem(key, owner) || isMember(key, owner);
        if (items === undefined ? itemOf.includes(owner) : isBelow) alive.delete(key);
      }
    }
    for (const member of layer.keys()) {
      for (const [owner, { isList }] of alive) {
        if (!isList || !isMember(member, owner)) continue;
        alive.delete(owner);
        for (const [key, { itemOf }] of alive) if (itemOf.includes(owner)) alive.delete(key);
      }
    }
    for (const [key, [{ items }]] of layer) {
      const owners = [...layer].filter(
        ([owner, [own]]) => own.items !== undefined && looksLikeItem(key, owner),
      );
      alive.set(key, { itemOf: owners.map(([owner]) => owner), isList: items !== undefined });
    }
  }
  return [...alive.keys()].toSorted();
}

function isMember(key: string, owner: string): boolean {
  return key.startsWith(`${owner}.`) && !/^\d+(\.|$)/.test(key.slice(owner.length + 1));
}

function looksLikeItem(key: string, owner: string): boolean {
  return key.startsWith(`${owner}.`) && /^(0|[1-9]\d*)(\.|$)/.test(key.slice(owner.length + 1));
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
}

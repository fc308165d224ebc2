import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Chain, Chains } from '../../config-service/layers/assignment.ts';
import { inForce } from '../../config-service/layers/in-force.ts';
import { layUpon, type ParsedLayer } from '../../config-service/layers/parsed-layer.ts';

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
  .map((layers) => layers.map((entries, strength) => layerOf(entries, strength)));

function layerOf(
  entries: readonly { key: string; value: string; items?: number | undefined }[],
  strength: number,
): ParsedLayer {
  const file = {
    path: 'f',
    object: 'o',
    entries: entries.map(({ key, value, items }, index) =>
      items === undefined
        ? { key, value, line: index + 1, column: 1 }
        : { key, value: '', line: index + 1, column: 1, items },
    ),
  };
  return { name: `layer${strength}`, files: [file] };
}

/** One upon the other, weakest first. */
function laid(layers: readonly ParsedLayer[]): Chains {
  const chains = new Map<string, Chain>();
  for (const [strength, layer] of layers.entries()) layUpon(chains, layer, strength);
  return chains;
}

const keysOf = ({ files }: ParsedLayer): readonly string[] =>
  files.flatMap(({ entries }) => entries.map(({ key }) => key));

describe('layers upon each other', () => {
  it('change none of what is laid', () => {
    fc.assert(
      fc.property(stack, (layers) => {
        const before = structuredClone(layers);
        for (const layer of layers) deepFreeze(layer);
        inForce(laid(layers));
        expect(layers).toEqual(before);
      }),
    );
  });

  it('lose no assignment, and have the strongest first', () => {
    fc.assert(
      fc.property(stack, (layers) => {
        const chains = laid(layers);
        expect([...chains.keys()].toSorted()).toEqual([...new Set(layers.flatMap(keysOf))].toSorted());
        for (const [key, chain] of chains) {
          const strengths = chain.map((assignment) => assignment.strength);
          expect(strengths).toEqual(
            layers.flatMap((layer, index) => (keysOf(layer).includes(key) ? [index] : [])).toReversed(),
          );
        }
      }),
    );
  });

  it('has the last of a file that sets a key twice, and what is weaker behind it', () => {
    const twice = [
      { key: 'a', value: 'first' },
      { key: 'a', value: 'last' },
    ];
    const chains = laid([layerOf([{ key: 'a', value: 'weak' }], 0), layerOf(twice, 1)]);
    expect(chains.get('a')?.map(({ raw }) => raw)).toEqual(['last', 'weak']);
  });
});

describe('what is in force', () => {
  it('is what laying one layer on another, in order, leaves', () => {
    fc.assert(
      fc.property(stack, (layers) => {
        const apart = layers.map((layer) => laid([layer]));
        expect([...inForce(laid(layers)).keys()].toSorted()).toEqual(survivors(apart));
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

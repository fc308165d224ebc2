import type { Effective } from './effective.ts';

/** What one configuration changes in another; each list sorted by key. Only values count, not where they come from. */
export interface EffectiveDiff {
  readonly added: readonly { readonly key: string; readonly value: string }[];
  readonly removed: readonly { readonly key: string; readonly value: string }[];
  readonly changed: readonly { readonly key: string; readonly before: string; readonly after: string }[];
}

/** Linear; leans on both maps being sorted. */
export function diffEffective(before: Effective, after: Effective): EffectiveDiff {
  return {
    added: missingFrom(before, after),
    removed: missingFrom(after, before),
    changed: [...after.values()].flatMap(({ key, value }) => {
      const old = before.get(key)?.value;
      return old === undefined || old === value ? [] : [{ key, before: old, after: value }];
    }),
  };
}

function missingFrom(there: Effective, here: Effective): { key: string; value: string }[] {
  return [...here.values()].filter(({ key }) => !there.has(key)).map(({ key, value }) => ({ key, value }));
}

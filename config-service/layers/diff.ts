import type { Effective, Property } from './effective.ts';

/** What one configuration changes in another; each list sorted by key. Only values count, not where they come from. */
export interface EffectiveDiff {
  readonly added: readonly ChangedValue[];
  readonly removed: readonly ChangedValue[];
  readonly changed: readonly (Secrecy & {
    readonly key: string;
    readonly before: string;
    readonly after: string;
  })[];
}

export interface ChangedValue extends Secrecy {
  readonly key: string;
  readonly value: string;
}

interface Secrecy {
  /** Present and true when a value of it holds a secret, of the two of a change either. */
  readonly secret?: boolean;
}

/** Linear; leans on both maps being sorted. */
export function diffEffective(before: Effective, after: Effective): EffectiveDiff {
  return {
    added: missingFrom(before, after),
    removed: missingFrom(after, before),
    changed: [...after.values()].flatMap((now) => {
      const { key, value } = now;
      const old = before.get(key);
      if (old === undefined || old.value === value) return [];
      return [{ key, before: old.value, after: value, ...secrecyOf(old, now) }];
    }),
  };
}

function missingFrom(there: Effective, here: Effective): readonly ChangedValue[] {
  return [...here.values()]
    .filter(({ key }) => !there.has(key))
    .map((property) => ({ key: property.key, value: property.value, ...secrecyOf(property) }));
}

function secrecyOf(...properties: readonly Property[]): Secrecy {
  return properties.some(({ masked }) => masked !== undefined) ? { secret: true } : {};
}

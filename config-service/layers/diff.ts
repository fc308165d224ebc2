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

type Change = EffectiveDiff['changed'][number];

/** Linear; leans on both maps being sorted. */
export function diffEffective(before: Effective, after: Effective): EffectiveDiff {
  const added: ChangedValue[] = [];
  const changed: Change[] = [];
  for (const now of after.values()) {
    const { key, value } = now;
    const old = before.get(key);
    if (old === undefined) added.push(only(now));
    else if (old.value !== value)
      changed.push({ key, before: old.value, after: value, ...secrecyOf(old, now) });
  }
  const removed: ChangedValue[] = [];
  for (const old of before.values()) if (!after.has(old.key)) removed.push(only(old));
  return { added, removed, changed };
}

function only(property: Property): ChangedValue {
  return { key: property.key, value: property.value, ...secrecyOf(property) };
}

function secrecyOf(...properties: readonly Property[]): Secrecy {
  return properties.some(({ masked }) => masked !== undefined) ? { secret: true } : {};
}

import { outlineOf, type Generation } from '#config-service';
import { bindableValues, type BindableValue } from './bindable-values.ts';

export interface PropertySource {
  readonly layer: string;
  readonly values: readonly BindableValue[];
}

/**
 * One source for each layer that won something, strongest first; each name once. All of a list stands where the list was
 * won: Spring takes a list out of the first source that has any of its items.
 */
export function propertySources(generation: Generation, secrets: boolean): readonly PropertySource[] {
  const byLayer = new Map<string, BindableValue[]>();
  for (const entry of outlineOf(generation.effective, secrets)) {
    const { layer } = entry.property.winner;
    const values = byLayer.get(layer);
    if (values === undefined) byLayer.set(layer, [...bindableValues(entry)]);
    else values.push(...bindableValues(entry));
  }
  const strength = new Map(generation.layers.map(({ name }, at) => [name, at]));
  return [...byLayer]
    .map(([layer, values]) => ({ layer, values }))
    .toSorted((a, b) => (strength.get(b.layer) ?? 0) - (strength.get(a.layer) ?? 0));
}

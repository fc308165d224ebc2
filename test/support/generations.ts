import type { Generation } from '../../config-service/generation.ts';
import type { Effective, Property } from '../../config-service/layers/effective.ts';
import { payrollFacts } from './layer-generator.ts';

/** A generation with these values; its digest is their text. */
export function generationOf(
  number: number,
  values: Readonly<Record<string, string>>,
  more: Partial<Generation> = {},
): Generation {
  return {
    number,
    release: null,
    digest: JSON.stringify(values),
    facts: payrollFacts,
    effective: effectiveOf(values),
    layers: [],
    activatedAt: number * 1000,
    ...more,
  };
}

function effectiveOf(values: Readonly<Record<string, string>>): Effective {
  const winner = { layer: 'base', file: 'app.properties', line: 1, object: 's3://b/base/app.properties' };
  return new Map(
    Object.entries(values).map(([key, value]): [string, Property] => [
      key,
      { key, value, raw: value, winner, shadowed: [], references: [] },
    ]),
  );
}

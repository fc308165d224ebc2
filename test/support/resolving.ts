import type { Problem } from '#kit/errors.ts';
import type { JsonValue, Property } from '../../config-service/layers/effective.ts';
import { type Resolution, resolve, type ResolveInput } from '../../config-service/layers/resolve.ts';
import { layerOf, payrollFacts } from './layer-generator.ts';

/** Layers as `name: { path: text }`, weakest first; a text alone is `app.properties`. */
export type Layers = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

export function resolveLayers(layers: Layers, input: Partial<ResolveInput> = {}): Resolution {
  return resolve({
    layers: Object.entries(layers).map(([name, files]) =>
      layerOf(name, typeof files === 'string' ? { 'app.properties': files } : files),
    ),
    facts: payrollFacts,
    overrides: [],
    ...input,
  });
}

export function propertiesOf(resolution: Resolution): ReadonlyMap<string, Property> {
  if (resolution.kind !== 'resolved') throw new Error(`rejected: ${JSON.stringify(resolution.problems)}`);
  return resolution.effective;
}

export function valuesOf(resolution: Resolution): Record<string, string> {
  return Object.fromEntries([...propertiesOf(resolution).values()].map(({ key, value }) => [key, value]));
}

export function listOf(resolution: Resolution, key: string): readonly JsonValue[] | undefined {
  return propertiesOf(resolution).get(key)?.list;
}

export function problemsOf(resolution: Resolution): readonly Problem[] {
  return resolution.kind === 'rejected' ? resolution.problems : [];
}

import { createHash } from 'node:crypto';
import type { Facts } from '../../config-service/layers/facts.ts';
import type { LayerContent, LayerFile } from '../../config-service/layers/layer.ts';
import { randomFrom } from './seeded-random.ts';

/** An instance to resolve for. */
export const payrollFacts: Facts = {
  partition: 'aws',
  dnsSuffix: 'amazonaws.com',
  account: '123456789012',
  region: 'eu-west-1',
  zone: 'eu-west-1b',
  instanceId: 'i-0abc',
  imageId: 'ami-0abc',
  instanceType: 't3.small',
  role: 'web',
  environment: 'prod',
  tags: new Map([
    ['role', 'web'],
    ['environment', 'prod'],
  ]),
};

export interface GeneratedSize {
  /** Keys of the effective configuration. */
  readonly keys: number;
  readonly layers: number;
  /** Share of the keys, in [0, 1], whose value holds references. */
  readonly interpolated: number;
  readonly seed: number;
}

/**
 * Layers as a large application has them, always the same for the same size: the weakest sets every key, each stronger one
 * overrides a tenth, references go to keys that come earlier, to facts and to defaults.
 */
export function generateLayers({ keys, layers, interpolated, seed }: GeneratedSize): LayerContent[] {
  const random = randomFrom(seed);
  const names = Array.from(
    { length: keys },
    (_, index) => `service${index % 97}.component${index % 13}.key${index}`,
  );
  const line = (index: number): string => {
    const earlier = index === 0 ? '@zone' : (names[Math.floor(random() * index)] ?? '');
    const value =
      random() < interpolated
        ? `https://\${${earlier}}/\${@region}/\${absent.key${index}:default${index}}`
        : `value ${Math.floor(random() * 1e9).toString(36)} of ${index}`;
    return `${names[index] ?? ''}=${value}`;
  };
  return Array.from({ length: layers }, (_, layer) => {
    const indexes = names.map((_name, index) => index).filter(() => layer === 0 || random() < 0.1);
    return layerOf(`layer${layer}`, { 'app.properties': `${indexes.map(line).join('\n')}\n` });
  });
}

/** A layer written as `path: text`, as a source would deliver it. */
export function layerOf(name: string, files: Readonly<Record<string, string>>): LayerContent {
  return { name, files: Object.entries(files).map(([path, text]) => fileOf(name, path, text)) };
}

function fileOf(layer: string, path: string, text: string): LayerFile {
  const bytes = new TextEncoder().encode(text);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { path, object: `s3://bucket/${layer}/${path}`, sha256, bytes };
}

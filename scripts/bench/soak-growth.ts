import { riseOf, type Point } from './growth.ts';
import type { SoakSample } from './soak-agent.ts';

/** Not looked at: caches fill, the heap finds its size, and logs have been rotated as often as they are kept. */
const WARM_UP = 1 / 3;
/**
 * By how much each may rise in what is left after the warm-up, however long that is. An agent that is well rises by less than one of
 * each; one that loses a descriptor, a file or a MiB a minute rises by more than six in a soak of ten minutes.
 */
const MAY_RISE = { residentMiB: 4, descriptors: 3, files: 3 } as const;

export type SoakRow = readonly (SoakSample & { readonly at: number })[];

export interface SoakRise {
  readonly what: keyof SoakSample;
  readonly rise: number;
  readonly mayRise: number;
  /** The largest value seen. */
  readonly most: number;
  /** The row that rose most, by its place. */
  readonly row: number;
}

/** @param rows of agents: what each had at one moment after the other. `lives`: whether its process was never ended. */
export function risesOf(
  rows: readonly { readonly lives: boolean; readonly samples: SoakRow }[],
): readonly SoakRise[] {
  return (['residentMiB', 'descriptors', 'files'] as const).map((what) => {
    // Files stay through a restart; memory and descriptors are of one process.
    const looked = rows.map(({ lives, samples }) =>
      what === 'files' || lives
        ? samples.map((sample): Point => ({ at: sample.at, value: sample[what] }))
        : [],
    );
    const rises = looked.map((points) =>
      points.length === 0
        ? -Infinity
        : (riseOf(points.slice(Math.floor(points.length * WARM_UP))) ?? Number.NaN),
    );
    const rise = Math.max(...rises);
    return {
      what,
      rise,
      mayRise: MAY_RISE[what],
      most: looked.flat().reduce((most, { value }) => Math.max(most, value), 0),
      row: rises.indexOf(rise),
    };
  });
}

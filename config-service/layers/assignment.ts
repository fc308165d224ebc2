import type { Origin, Shadowed } from './effective.ts';

/** One layer sets one key: where, and what is written there. One object, for ten thousand keys are as many. */
export interface Assignment extends Shadowed {
  /** The place of the layer in the order, counted from 0, the weakest. */
  readonly strength: number;
  /** Present when the key is a typed list here: how many items the file gives it. */
  readonly items?: number;
}

/** All that layers say about a key, strongest first; never empty. */
export type Chain = readonly [Assignment, ...Assignment[]];

/** What a stack of layers says, unresolved: also what stronger layers hide. */
export type Chains = ReadonlyMap<string, Chain>;

/** The place of an assignment as problems show it: layer, file and line. */
export function placeOf(origin: Origin): { readonly file: string; readonly line: number } {
  return { file: `${origin.layer}/${origin.file}`, line: origin.line };
}

import type { ParsedFile } from '#config-service';
import { ContentCache } from '#kit/content-cache.ts';
import type { LayerPlan } from '../../plan/layer-plan.ts';

/** What a daemon remembers of the files of its layers, so that a change of one costs the reading of one. */
export interface Caches {
  readonly parsed: ContentCache<ParsedFile>;
  readonly plans: ContentCache<LayerPlan>;
  /** A candidate is about to be judged. */
  beginRound(): void;
  /** Bytes that each cache holds, by name. */
  bytes(): Readonly<Record<string, number>>;
}

/** A megabyte of properties takes about four when it is parsed. What is beyond is read anew with each candidate. */
const MAX_PARSED_BYTES = 16 * 1024 * 1024;
const MAX_PLAN_BYTES = 2 * 1024 * 1024;

export function createCaches(): Caches {
  const caches = {
    parsed: new ContentCache<ParsedFile>(MAX_PARSED_BYTES),
    plans: new ContentCache<LayerPlan>(MAX_PLAN_BYTES),
  };
  return {
    ...caches,
    beginRound: () => {
      for (const cache of Object.values(caches)) cache.beginRound();
    },
    bytes: () => Object.fromEntries(Object.entries(caches).map(([name, { bytes }]) => [name, bytes])),
  };
}

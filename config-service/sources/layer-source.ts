import type { Fault } from '../kit/errors.ts';
import type { Outcome } from '../kit/outcome.ts';
import type { LayerContent, LayerRef } from '../layers/layer.ts';
import type { Choice } from '../release/cohort.ts';
import type { Release } from '../release/manifest.ts';
import type { Pointer } from '../release/pointer.ts';
import type { VouchedObjects } from '../release/vouched-objects.ts';

/**
 * Where layers come from. One call is one tick: it costs the same number of requests whether or not something changed
 * (law 7; the objects of a new release are the one exception, and are fetched once). A layer that is not there comes back
 * with no files; one that is denied, unreadable or broken fails the whole fetch.
 */
export interface LayerSource {
  fetch(request: FetchRequest): Promise<Outcome<Fetched>>;
}

export interface FetchRequest {
  readonly layers: readonly LayerRef[];
  readonly signal: AbortSignal;
  /** What the last successful fetch gave; lets a source answer `unchanged` and reuse bytes it already has. */
  readonly previous: Fetched | undefined;
}

export interface Fetched {
  /** The release name in release layout, null in a tree. */
  readonly release: string | null;
  readonly layout: 'release' | 'tree' | 'directory';
  /** In the order asked for. */
  readonly layers: readonly LayerContent[];
  /** In release layout, what the release vouches for outside of itself. */
  readonly objects?: VouchedObjects;
  /** ETag by object address, for the next conditional request. */
  readonly etags: ReadonlyMap<string, string>;
  /** In a tree that is listed whole, what lies there beside these layers; relative to the source. */
  readonly others?: readonly string[];
  /** In release layout, fresh from the source: absent in what was kept on a disk. */
  readonly chosen?: Chosen;
  /** True when nothing differs from `previous`; then `layers` are those of `previous`. */
  readonly unchanged: boolean;
}

/** Which release was taken, and what there was to take: an unchanged pointer may lead to another choice a tick later. */
export interface Chosen extends Choice {
  readonly pointer: Pointer;
  /** The candidate was chosen first, and is final as it stands: too large, or nobody trusted vouches for it. */
  readonly refused?: { readonly release: Release; readonly fault: Fault };
}

/**
 * What this instance ran with last. The shape is a source's `Fetched` (which store, one floor below, cannot name) with
 * the tags it was selected by. No other fact is kept: region and the like come from IMDS at each boot, or not at all
 * (law 1).
 */
export interface Remembered {
  /** Epoch ms of the check that brought it, for an honest age. */
  readonly savedAt: number;
  readonly tags: ReadonlyMap<string, string>;
  readonly release: string | null;
  readonly layout: 'release' | 'tree' | 'directory';
  readonly layers: readonly RememberedLayer[];
  readonly etags: ReadonlyMap<string, string>;
  /** What a release vouches for outside of itself; absent of any other layout. */
  readonly objects?: ReadonlyMap<string, { readonly sha256: string; readonly size: number }>;
}

export interface RememberedLayer {
  readonly name: string;
  readonly files: readonly RememberedFile[];
}

export interface RememberedFile {
  readonly path: string;
  readonly object: string;
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

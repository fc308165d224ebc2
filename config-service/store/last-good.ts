import type { Outcome } from '../kit/outcome.ts';
import { decodeRemembered, encodeRemembered } from './last-good-encoding.ts';
import { createSealedFile, type Ignored } from './sealed-file.ts';
import type { SealKey } from './seal-key.ts';

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

export type LastGoodResult =
  | { readonly kind: 'loaded'; readonly remembered: Remembered }
  | { readonly kind: 'absent' }
  | Ignored;

/** The last-known-good configuration of this instance, in `<folder>/last-good.sealed`. */
export interface LastGood {
  /** Never fails: what cannot be used is ignored, with the reason. */
  load(): Promise<LastGoodResult>;
  save(remembered: Remembered): Promise<Outcome<void>>;
  remove(): Promise<Outcome<void>>;
}

export function createLastGood(folder: string, key: SealKey): LastGood {
  const file = createSealedFile(folder, 'last-good', key);
  return {
    async load() {
      const loaded = await file.load();
      if (loaded.kind !== 'loaded') return loaded;
      const remembered = decodeRemembered(loaded.plaintext);
      if (remembered) return { kind: 'loaded', remembered };
      return { kind: 'ignored', why: 'unreadable', reason: 'another version of Landfall wrote it' };
    },
    save: (remembered) => file.save(encodeRemembered(remembered)),
    remove: () => file.remove(),
  };
}

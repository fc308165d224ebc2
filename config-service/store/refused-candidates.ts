import type { Outcome } from '../kit/outcome.ts';
import { createSealedFile, type Ignored } from './sealed-file.ts';
import type { SealKey } from './seal-key.ts';

/** A release that was rolled out to this instance and could not be activated. A name, a digest, a code; no values. */
export interface RefusedCandidate {
  readonly release: string;
  /** `releaseDigest`: published anew under the same name, it is another one. */
  readonly digest: string;
  readonly code: string;
  /** Epoch ms. */
  readonly at: number;
}

export type RefusedCandidatesResult =
  | { readonly kind: 'loaded'; readonly refused: readonly RefusedCandidate[] }
  | { readonly kind: 'absent' }
  | Ignored;

/** The candidates this instance has tried in vain, in `<folder>/refused-candidates.sealed`. */
export interface RefusedCandidatesFile {
  load(): Promise<RefusedCandidatesResult>;
  save(refused: readonly RefusedCandidate[]): Promise<Outcome<void>>;
}

const FORMAT = 1;

export function createRefusedCandidatesFile(folder: string, key: SealKey): RefusedCandidatesFile {
  const file = createSealedFile(folder, 'refused-candidates', key);
  return {
    async load() {
      const loaded = await file.load();
      if (loaded.kind !== 'loaded') return loaded;
      const refused = decode(loaded.plaintext);
      if (refused) return { kind: 'loaded', refused };
      return { kind: 'ignored', why: 'unreadable', reason: 'another version of Landfall wrote it' };
    },
    save: (refused) => file.save(encode(refused)),
  };
}

function encode(refused: readonly RefusedCandidate[]): Uint8Array {
  const rows = refused.map(({ release, digest, code, at }) => ({ release, digest, code, at }));
  return Buffer.from(JSON.stringify({ format: FORMAT, rows }), 'utf8');
}

/** What passed the seal is what this instance wrote: only another version of Landfall has to be told apart. */
function decode(plaintext: Uint8Array): readonly RefusedCandidate[] | undefined {
  try {
    const text = Buffer.from(plaintext).toString('utf8');
    const document = JSON.parse(text) as { format: number; rows: readonly RefusedCandidate[] };
    return document.format === FORMAT && Array.isArray(document.rows) ? document.rows : undefined;
  } catch {
    return undefined;
  }
}

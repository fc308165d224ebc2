import type { SealKey } from '../seal/seal-key.ts';
import { createSealedDocument, rowsEncoding, type SealedDocument } from '../seal/sealed-document.ts';

/** A release that was rolled out to this instance and could not be activated. A name, a digest, a code; no values. */
export interface RefusedCandidate {
  readonly release: string;
  /** `releaseDigest`: published anew under the same name, it is another one. */
  readonly digest: string;
  readonly code: string;
  /** Epoch ms. */
  readonly at: number;
}

/** The candidates this instance has tried in vain, in `<folder>/refused-candidates.sealed`. */
export function createRefusedCandidatesFile(
  folder: string,
  key: SealKey,
): SealedDocument<readonly RefusedCandidate[]> {
  return createSealedDocument(folder, 'refused-candidates', key, ENCODING);
}

const ENCODING = rowsEncoding({
  format: 1,
  rowOf: ({ release, digest, code, at }: RefusedCandidate) => ({ release, digest, code, at }),
  entryOf: (row) => row,
});

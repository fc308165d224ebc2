import type { SealKey } from '../seal/seal-key.ts';
import { createSealedDocument, rowsEncoding, type SealedDocument } from '../seal/sealed-document.ts';

/** A value an operator set at run time. Times are epoch ms. */
export interface StoredOverride {
  readonly key: string;
  readonly value: string;
  readonly reason: string;
  readonly setAt: number;
  readonly expiresAt: number;
}

/** The runtime overrides of this instance, in `<folder>/overrides.sealed`. Expired ones are the caller's to drop. */
export function createOverridesFile(folder: string, key: SealKey): SealedDocument<readonly StoredOverride[]> {
  return createSealedDocument(folder, 'overrides', key, ENCODING);
}

const ENCODING = rowsEncoding({
  format: 1,
  rowOf: ({ key, value, reason, setAt, expiresAt }: StoredOverride) =>
    [key, value, reason, setAt, expiresAt] as const,
  entryOf: ([key, value, reason, setAt, expiresAt]) => ({ key, value, reason, setAt, expiresAt }),
});

import { decodeRemembered, encodeRemembered } from './last-good-encoding.ts';
import type { Remembered } from '../folder/remembered.ts';
import type { SealKey } from '../seal/seal-key.ts';
import { createSealedDocument, type SealedDocument } from '../seal/sealed-document.ts';

/** The last-known-good configuration of this instance, in `<folder>/last-good.sealed`. */
export function createLastGood(folder: string, key: SealKey): SealedDocument<Remembered> {
  return createSealedDocument(folder, 'last-good', key, {
    encode: encodeRemembered,
    decode: decodeRemembered,
  });
}

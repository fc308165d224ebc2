import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readSealHeader, sealHead, NONCE_BYTES } from './seal-header.ts';
import type { SealKey } from './seal-key.ts';
import { compareStamps, describeStamp, type Stamp } from '../stamp/stamp.ts';

const TAG_BYTES = 16;

export type Opened =
  | { readonly kind: 'opened'; readonly stamp: Stamp; readonly plaintext: Uint8Array }
  | { readonly kind: 'foreign' | 'other-instance'; readonly stamp: Stamp; readonly reason: string }
  | { readonly kind: 'unreadable'; readonly stamp?: Stamp; readonly reason: string };

/**
 * Encrypts with AES-256-GCM: `head || ciphertext || tag`, the head being authenticated along with it. The nonce is random
 * for each write: 96 bits stay safe for 2^32 writes under one key (NIST SP 800-38D, section 8.3), and a counter on the
 * disk would repeat itself on a copy of that disk. A copy that draws the same bits has another signature, hence another key.
 */
export function seal(key: SealKey, purpose: string, plaintext: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const head = sealHead({ purpose, stamp: key.stamp, nonce });
  const cipher = createCipheriv('aes-256-gcm', key.forPurpose(purpose), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(head);
  return Buffer.concat([head, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Never throws: whatever lies on a disk has one of four names. The stamp is judged before the key is tried. */
export function openSealed(key: SealKey, purpose: string, bytes: Uint8Array): Opened {
  const read = readSealHeader(bytes);
  if (read.kind === 'unreadable') return read;
  const { header, length } = read;
  const { stamp } = header;
  const kinship = compareStamps(stamp, key.stamp);
  if (kinship !== 'same') return { kind: kinship, stamp, reason: `it belongs to ${describeStamp(stamp)}` };
  const unreadable = (reason: string): Opened => ({ kind: 'unreadable', stamp, reason });
  if (header.purpose !== purpose) return unreadable(`it was sealed as ${header.purpose}, not as ${purpose}`);
  if (bytes.length < length + TAG_BYTES) return unreadable('it ends early');

  const decipher = createDecipheriv('aes-256-gcm', key.forPurpose(purpose), header.nonce, {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(bytes.subarray(0, length));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const body = decipher.update(bytes.subarray(length, -TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return unreadable('it is damaged, or was sealed before this instance was last stopped and started');
  }
  return { kind: 'opened', stamp, plaintext: body };
}

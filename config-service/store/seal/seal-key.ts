import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { printStamp, type Stamp } from '../stamp/stamp.ts';

/**
 * The right to persist values. It can only be made from the signature of the instance identity document, which IMDS gives
 * to this instance alone and no disk holds: without a signature there is no key, and without a key nothing here writes.
 * A stop and start gives a new signature, hence a new key: the old files are unreadable, which is a cold start.
 */
export interface SealKey {
  readonly stamp: Stamp;
  /** The AES-256 key of one kind of file, such as `last-good`. */
  forPurpose(purpose: string): KeyObject;
}

/** A fixed salt separates this use of the signature from any other (RFC 5869, section 3.1). */
const SALT = 'landfall state seal v1';

/** Undefined when there is no signature. White space in it does not count: IMDS wraps its lines. */
export function deriveSealKey(signature: string | undefined, stamp: Stamp): SealKey | undefined {
  const material = (signature ?? '').replaceAll(/\s/g, '');
  if (material === '') return undefined;
  const secret = createSecretKey(Buffer.from(material, 'utf8'));
  return {
    stamp,
    forPurpose: (purpose) =>
      createSecretKey(Buffer.from(hkdfSync('sha256', secret, SALT, `${purpose}\n${printStamp(stamp)}`, 32))),
  };
}

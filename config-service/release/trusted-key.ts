import { createPublicKey, type KeyObject } from 'node:crypto';
import { sha256Hex } from './digest.ts';
import type { SignatureAlgorithm } from './signature.ts';

/** A public key whose signatures count. */
export interface TrustedKey {
  /** See `keyIdOf`. */
  readonly id: string;
  /** The only algorithm taken from this key: what a signature says of itself is compared, never obeyed. */
  readonly algorithm: SignatureAlgorithm;
  readonly key: KeyObject;
}

/** RFC 8410, section 4: what stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo. */
const ED25519_SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');
const ED25519_KEY_BYTES = 32;
const MIN_RSA_BITS = 2048;

/**
 * Reads one key of the `trustedKeys` setting: `ed25519:` and the base64 of the 32 key bytes, or `kms:` and the base64 of
 * the SubjectPublicKeyInfo in DER, as `aws kms get-public-key --query PublicKey` prints it (ECC_NIST_P256, or RSA of at
 * least 2048 bits). Undefined for everything else.
 */
export function parseTrustedKey(text: string): TrustedKey | undefined {
  const [, kind, base64 = ''] = /^(ed25519|kms):([A-Za-z0-9+/]+={0,2})$/.exec(text.trim()) ?? [];
  if (kind === undefined) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  if (kind === 'kms') return trustedKeyOf(bytes);
  if (bytes.length !== ED25519_KEY_BYTES) return undefined;
  return trustedKeyOf(Buffer.concat([ED25519_SPKI_HEAD, bytes]));
}

/** The same key from its SubjectPublicKeyInfo in DER; undefined when it is none that can sign a release. */
export function trustedKeyOf(spki: Uint8Array): TrustedKey | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    const algorithm = algorithmOf(key);
    return algorithm && { id: keyIdOf(key), algorithm, key };
  } catch {
    return undefined;
  }
}

/** What to put into the `trustedKeys` setting for this key. */
export function printTrustedKey({ algorithm, key }: TrustedKey): string {
  const spki = spkiOf(key);
  if (algorithm !== 'ed25519') return `kms:${spki.toString('base64')}`;
  return `ed25519:${spki.subarray(ED25519_SPKI_HEAD.length).toString('base64')}`;
}

function algorithmOf(key: KeyObject): SignatureAlgorithm | undefined {
  const { asymmetricKeyType, asymmetricKeyDetails } = key;
  if (asymmetricKeyType === 'ed25519') return 'ed25519';
  if (asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ECDSA_SHA_256';
  const large = (asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS;
  return asymmetricKeyType === 'rsa' && large ? 'RSASSA_PSS_SHA_256' : undefined;
}

/** The first 16 hex digits of the SHA-256 of the SubjectPublicKeyInfo: short enough to read out, one per key. */
function keyIdOf(key: KeyObject): string {
  return sha256Hex(spkiOf(key)).slice(0, 16);
}

function spkiOf(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' });
}

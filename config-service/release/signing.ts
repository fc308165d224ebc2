import { constants, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { fail, ok, type Outcome } from '../kit/outcome.ts';
import { canonicalRelease, type Release } from './manifest.ts';
import { sha256Hex } from './digest.ts';
import type { ReleaseSignature } from './signature.ts';
import { trustedKeyOf, type TrustedKey } from './trusted-key.ts';

/** What can sign a release: a key file, or KMS behind a function. */
export interface ReleaseSigner {
  /** The public half; `printTrustedKey` says what instances need in their settings. */
  readonly publicKey: TrustedKey;
  /** Signs the message itself: KMS is called with `MessageType: RAW`, and the message keeps to its 4,096 bytes. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/**
 * What is signed: a statement that names the region and everything of the release by digest. So a signature for one region
 * says nothing in another, and one of a release nothing of any other use of the key.
 */
export function releaseStatement(release: Release, region: string): Uint8Array {
  const { signatures: _, ...unsigned } = release;
  const digest = sha256Hex(JSON.stringify(canonicalRelease(unsigned)));
  return Buffer.from(
    JSON.stringify({ statement: 'landfall release 1', region, release: release.id, digest }),
  );
}

/** The release with one signature more; one of the same key is replaced. Rejects when the signer does. */
export async function signRelease(release: Release, region: string, signer: ReleaseSigner): Promise<Release> {
  const signature = await signatureOf(releaseStatement(release, region), signer);
  const others = (release.signatures ?? []).filter(({ key }) => key !== signature.key);
  return { ...release, signatures: [...others, signature] };
}

/** Rejects when the signer does. */
export async function signatureOf(statement: Uint8Array, signer: ReleaseSigner): Promise<ReleaseSignature> {
  const { id: key, algorithm } = signer.publicKey;
  return { key, algorithm, value: Buffer.from(await signer.sign(statement)).toString('base64') };
}

/** A signer from a private Ed25519 key, PKCS #8 in PEM: `openssl genpkey -algorithm ed25519`. */
export function signerOfPem(pem: string): Outcome<ReleaseSigner> {
  try {
    const key = createPrivateKey(pem);
    const publicKey = trustedKeyOf(createPublicKey(key).export({ format: 'der', type: 'spki' }));
    if (publicKey?.algorithm === 'ed25519') {
      return ok({ publicKey, sign: async (message) => sign(null, message, key) });
    }
  } catch {
    // What OpenSSL says of a broken key helps nobody, and may quote it.
  }
  return fail({
    code: 'LF_USAGE',
    operation: 'read',
    subject: 'the signing key',
    cause: 'it is no unencrypted Ed25519 key in PEM',
    hint: 'Make one with `openssl genpkey -algorithm ed25519 -out release.pem`, or sign with KMS.',
  });
}

/**
 * Whether a trusted key vouches for the release in this region; one good signature is enough, so that keys can be
 * rotated by listing the old and the new. Faults: `LF_SIGNATURE_MISSING`, `LF_SIGNATURE_WRONG`.
 *
 * It says who made the release, not that it is the newest: that is for the pointer to say (`verifyPointer`).
 */
export function verifyRelease(
  release: Release,
  region: string,
  keys: readonly TrustedKey[],
  address: string,
): Outcome<void> {
  const signatures = release.signatures ?? [];
  const statement = releaseStatement(release, region);
  const vouched = signatures.some((signature) => isVouchedFor(signature, keys, statement));
  if (vouched) return ok(undefined);
  const subject = `release ${release.id} in ${address}`;
  if (signatures.length === 0) {
    return fail({
      code: 'LF_SIGNATURE_MISSING',
      operation: 'verify',
      subject,
      cause: 'it is not signed, and trusted keys are set',
      hint: 'Publish with `landfall-ops publish --sign KEY`; what was accepted before stays in use.',
    });
  }
  const known = signatures.filter(({ key }) => keys.some(({ id }) => id === key));
  const names = signatures.map(({ key }) => key).join(', ');
  return fail({
    code: 'LF_SIGNATURE_WRONG',
    operation: 'verify',
    subject,
    cause:
      known.length === 0
        ? `it is signed with ${names}, which is not trusted here`
        : 'its signature does not fit its content',
    hint: 'Find out who published it. If the key was rotated, list the new one in LANDFALL_TRUSTED_KEYS beside the old.',
  });
}

/** Whether the signature is one of these keys over this statement. */
export function isVouchedFor(
  signature: ReleaseSignature,
  keys: readonly TrustedKey[],
  statement: Uint8Array,
): boolean {
  return keys.some((key) => isGood(signature, key, statement));
}

function isGood({ key: id, algorithm, value }: ReleaseSignature, trusted: TrustedKey, message: Uint8Array) {
  if (id !== trusted.id || algorithm !== trusted.algorithm) return false;
  const signature = Buffer.from(value, 'base64');
  const { key } = trusted;
  try {
    switch (algorithm) {
      case 'ed25519':
        return verify(null, message, key, signature);
      case 'ECDSA_SHA_256':
        // KMS gives the DER of ANSI X9.62.
        return verify('sha256', message, { key, dsaEncoding: 'der' }, signature);
      case 'RSASSA_PSS_SHA_256': {
        const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants;
        return verify('sha256', message, { key, padding, saltLength }, signature);
      }
      default:
        return algorithm satisfies never;
    }
  } catch {
    return false;
  }
}

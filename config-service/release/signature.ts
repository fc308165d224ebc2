import { isRecord } from '../kit/is-record.ts';
import type { ProblemList } from './problem-list.ts';

/** One voucher for a release. */
export interface ReleaseSignature {
  /** Which key made it (`keyIdOf`). */
  readonly key: string;
  readonly algorithm: SignatureAlgorithm;
  /** Base64 of the signature, as the algorithm or KMS gives it. */
  readonly value: string;
}

/** Ed25519 of RFC 8032, and the two of KMS under the names KMS has for them. */
const SIGNATURE_ALGORITHMS = ['ed25519', 'ECDSA_SHA_256', 'RSASSA_PSS_SHA_256'] as const;

export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number];

const MAX_SIGNATURES = 8;
/** RSA 4096 gives 512 bytes, 684 letters. */
const MAX_LETTERS = 1024;

/** With fields in a fixed order. */
export function canonicalSignatures(signatures: readonly ReleaseSignature[]): readonly ReleaseSignature[] {
  return signatures.map(({ key, algorithm, value }) => ({ key, algorithm, value }));
}

/** Reads a list of signatures; none is fine here, whether some are needed is the reader's setting. */
export function parseSignatures(
  value: unknown,
  place: string,
  problems: ProblemList,
): readonly ReleaseSignature[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > MAX_SIGNATURES) {
    problems.add(place, `is not a list of at most ${MAX_SIGNATURES}`);
    return [];
  }
  return value.flatMap((entry: unknown, index) => {
    const signature = parseSignature(entry);
    if (signature === undefined) problems.add(`${place}[${index}]`, 'lacks "key", "algorithm" or "value"');
    return signature ?? [];
  });
}

/** An algorithm of the future is no error: it vouches for nothing here, and another signature may. */
function parseSignature(entry: unknown): ReleaseSignature | [] | undefined {
  const { key, algorithm, value } = isRecord(entry) ? entry : {};
  if (typeof key !== 'string' || typeof algorithm !== 'string' || typeof value !== 'string') return undefined;
  if (key.length > MAX_LETTERS || value.length > MAX_LETTERS) return undefined;
  const known = SIGNATURE_ALGORITHMS.find((name) => name === algorithm);
  return known === undefined ? [] : { key, algorithm: known, value };
}

import { fail, ok, type Outcome } from '../kit/outcome.ts';
import { isRecord } from '../kit/is-record.ts';
import { jsonOf } from '../kit/json-text.ts';
import { sha256Hex } from './digest.ts';
import { ProblemList } from './problem-list.ts';
import { canonicalSignatures, parseSignatures } from './signature.ts';
import { isVouchedFor, signatureOf, type ReleaseSigner } from './signing.ts';
import type { TrustedKey } from './trusted-key.ts';

/**
 * What is signed of a packed table of address ranges: its text, by digest. No region: the table is the same in all of them. A
 * signature of a release says nothing of a table, and the other way round.
 */
function rangesStatement(text: string): Uint8Array {
  return Buffer.from(JSON.stringify({ statement: 'landfall ip-ranges 1', digest: sha256Hex(text) }));
}

/** The table with its signature in a line behind it. Rejects when the signer does. */
export async function signRanges(text: string, signer: ReleaseSigner): Promise<string> {
  const signatures = canonicalSignatures([await signatureOf(rangesStatement(text), signer)]);
  return `${text}\n${JSON.stringify({ signatures })}\n`;
}

/** The table alone. */
export function unsignedRanges(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

/** Whether a trusted key vouches for the table. Faults: `LF_SIGNATURE_MISSING`, `LF_SIGNATURE_WRONG`. */
export function verifyRanges(text: string, keys: readonly TrustedKey[], subject: string): Outcome<void> {
  const [table = '', line = ''] = text.split('\n');
  const vouchers = jsonOf(line);
  const signatures = parseSignatures(
    isRecord(vouchers) ? vouchers['signatures'] : undefined,
    'signatures',
    new ProblemList(),
  );
  if (signatures.some((signature) => isVouchedFor(signature, keys, rangesStatement(table))))
    return ok(undefined);
  return fail({
    code: signatures.length === 0 ? 'LF_SIGNATURE_MISSING' : 'LF_SIGNATURE_WRONG',
    operation: 'verify',
    subject,
    cause:
      signatures.length === 0
        ? 'it is not signed, and trusted keys are set'
        : 'no trusted key vouches for it',
    hint: 'Put it there with `landfall-ops ip-ranges FILE --sign KEY`, or bring it as a file: LANDFALL_IP_RANGES.',
  });
}

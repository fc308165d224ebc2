import { describe, expect, it } from 'vitest';
import { signRanges, unsignedRanges, verifyRanges } from '../../config-service/release/ranges-signing.ts';
import { fileSigner, kmsEcSigner } from '../support/release-keys.ts';

const TABLE = '{"format":"landfall ip-ranges 1","v4":"AAA="}';

describe('a signed table of address ranges', () => {
  it('is vouched for by the key that signed it, a file or KMS, and comes back as it was', async () => {
    for (const signer of [fileSigner(), kmsEcSigner()]) {
      const signed = await signRanges(TABLE, signer);
      expect(verifyRanges(signed, [fileSigner().publicKey, signer.publicKey], 'x')).toMatchObject({
        kind: 'ok',
      });
      expect(unsignedRanges(signed)).toBe(TABLE);
    }
  });

  it.each([
    ['without a signature', (signed: string) => unsignedRanges(signed), 'LF_SIGNATURE_MISSING'],
    ['with something after it that is none', () => `${TABLE}\nhello\n`, 'LF_SIGNATURE_MISSING'],
    ['of another content', (signed: string) => signed.replace('AAA=', 'AAB='), 'LF_SIGNATURE_WRONG'],
  ])('is refused %s', async (_, changed, code) => {
    const signer = fileSigner();
    const text = changed(await signRanges(TABLE, signer));
    expect(verifyRanges(text, [signer.publicKey], 'x')).toMatchObject({ kind: 'fail', fault: { code } });
  });

  it('is refused of a key that is not trusted', async () => {
    const signed = await signRanges(TABLE, fileSigner());
    expect(verifyRanges(signed, [fileSigner().publicKey], 'x')).toMatchObject({
      fault: { code: 'LF_SIGNATURE_WRONG' },
    });
  });
});

import { generateKeyPairSync, verify, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseTrustedKey, printTrustedKey } from '../../config-service/release/trusted-key.ts';
import { fileSigner, kmsEcSigner, kmsRsaSigner } from '../support/release-keys.ts';

// RFC 8032, section 7.1, TEST 2.
const PUBLIC = Buffer.from('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', 'hex');
const SIGNATURE = Buffer.from(
  '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
    '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  'hex',
);

const kms = ({ publicKey }: { publicKey: KeyObject }) =>
  `kms:${publicKey.export({ format: 'der', type: 'spki' }).toString('base64')}`;

describe('a trusted key', () => {
  it('is the raw Ed25519 key of RFC 8032', () => {
    const trusted = parseTrustedKey(` ed25519:${PUBLIC.toString('base64')} `);
    expect(trusted?.algorithm).toBe('ed25519');
    expect(trusted?.id).toMatch(/^[0-9a-f]{16}$/);
    expect(trusted && verify(null, Buffer.from([0x72]), trusted.key, SIGNATURE)).toBe(true);
  });

  it.each([
    ['a key file', fileSigner, /^ed25519:.{44}$/],
    ['KMS, ECC', kmsEcSigner, /^kms:/],
    ['KMS, RSA', kmsRsaSigner, /^kms:/],
  ])('of %s reads back as it is printed', (_, signer, shape) => {
    const { publicKey } = signer();
    const text = printTrustedKey(publicKey);
    expect(text).toMatch(shape);
    const { id, algorithm } = publicKey;
    expect(parseTrustedKey(text)).toMatchObject({ id, algorithm });
  });

  it.each([
    ['no kind', PUBLIC.toString('base64')],
    ['another kind', `rsa:${PUBLIC.toString('base64')}`],
    ['nothing', 'ed25519:'],
    ['a short key', `ed25519:${PUBLIC.subarray(1).toString('base64')}`],
    ['no base64', 'ed25519:***'],
    ['a key without its DER', `kms:${PUBLIC.toString('base64')}`],
    ['a path', 'ed25519:/etc/landfall/key.pem'],
    ['another curve', kms(generateKeyPairSync('ec', { namedCurve: 'P-384' }))],
    ['a weak RSA key', kms(generateKeyPairSync('rsa', { modulusLength: 1024 }))],
    ['a key that agrees and does not sign', kms(generateKeyPairSync('x25519'))],
  ])('is not %s', (_, text) => {
    expect(parseTrustedKey(text)).toBeUndefined();
  });
});

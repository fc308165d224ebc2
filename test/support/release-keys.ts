import { constants, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { signerOfPem, type ReleaseSigner } from '../../config-service/release/signing.ts';
import { trustedKeyOf, type TrustedKey } from '../../config-service/release/trusted-key.ts';
import { valueOf } from './fetching.ts';

/** A signer with a key file of its own. */
export function fileSigner(): ReleaseSigner {
  const { privateKey } = generateKeyPairSync('ed25519');
  return valueOf(signerOfPem(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()));
}

/** Signs as KMS does with an ECC_NIST_P256 key and ECDSA_SHA_256. */
export function kmsEcSigner(): ReleaseSigner {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    publicKey: trusted(publicKey),
    sign: async (message) => sign('sha256', message, { key: privateKey, dsaEncoding: 'der' }),
  };
}

/** Signs as KMS does with an RSA_2048 key and RSASSA_PSS_SHA_256: the salt is as long as the digest. */
export function kmsRsaSigner(): ReleaseSigner {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  return {
    publicKey: trusted(publicKey),
    sign: async (message) => sign('sha256', message, { key: privateKey, ...pss }),
  };
}

function trusted(key: KeyObject): TrustedKey {
  const read = trustedKeyOf(key.export({ format: 'der', type: 'spki' }));
  if (!read) throw new Error('the key cannot sign releases');
  return read;
}

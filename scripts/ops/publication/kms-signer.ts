import { trustedKeyOf, type ReleaseSigner, type TrustedKey } from '#config-service';
import { LandfallError } from '#kit/errors.ts';
import { isRecord } from '#kit/is-record.ts';
import { jsonOf } from '#kit/json-text.ts';
import type { OpsContext } from '../console/context.ts';
import { createSignedCall } from '../site/signed-call.ts';

/** KMS's names for what `TrustedKey` calls an algorithm. */
const KMS_ALGORITHM: Readonly<Record<TrustedKey['algorithm'], string>> = {
  ed25519: 'ED25519_SHA_512',
  ECDSA_SHA_256: 'ECDSA_SHA_256',
  RSASSA_PSS_SHA_256: 'RSASSA_PSS_SHA_256',
};

/**
 * Signs with an asymmetric KMS key of usage SIGN_VERIFY; the private half never leaves KMS. `key` is an id, `alias/NAME` or
 * an ARN, which says its own region. Two calls of the JSON 1.1 protocol (KMS API Reference, GetPublicKey and Sign), made by
 * hand: a client for them would be one more dependency in every binary. @throws LandfallError `LF_SIGNING`.
 */
export async function createKmsSigner(
  key: string,
  region: string,
  context: OpsContext,
): Promise<ReleaseSigner> {
  const call = createKmsCall(key, /^arn:[^:]*:kms:([^:]+):/.exec(key)?.[1] ?? region, context);
  const { PublicKey } = await call('GetPublicKey', { KeyId: key });
  const publicKey =
    typeof PublicKey === 'string' ? trustedKeyOf(Buffer.from(PublicKey, 'base64')) : undefined;
  if (publicKey === undefined) {
    throw signing(
      key,
      'it is no key that can sign a release',
      'Use an asymmetric key: ECC_NIST_P256, or RSA of 2048 bits and more.',
    );
  }
  return {
    publicKey,
    sign: async (message) => {
      const { Signature } = await call('Sign', {
        KeyId: key,
        Message: Buffer.from(message).toString('base64'),
        MessageType: 'RAW',
        SigningAlgorithm: KMS_ALGORITHM[publicKey.algorithm],
      });
      if (typeof Signature === 'string') return Buffer.from(Signature, 'base64');
      throw signing(key, 'KMS gave no signature', 'Run it again.');
    },
  };
}

type KmsCall = (action: 'GetPublicKey' | 'Sign', input: object) => Promise<Readonly<Record<string, unknown>>>;

function createKmsCall(key: string, region: string, context: OpsContext): KmsCall {
  const call = createSignedCall('kms', region, context);
  return async (action, input) => {
    const { status, text } = await call(
      { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `TrentService.${action}` },
      JSON.stringify(input),
      context.stop,
    ).catch((error: unknown) => {
      if (error instanceof LandfallError) throw error;
      throw signing(
        key,
        error instanceof Error ? error.message : String(error),
        'Check the network and AWS_ENDPOINT_URL_KMS.',
      );
    });
    const said = jsonOf(text);
    const answer = isRecord(said) ? said : {};
    if (status === 200) return answer;
    const type =
      typeof answer['__type'] === 'string' ? answer['__type'].replace(/^.*#/, '') : 'no error type';
    throw signing(
      key,
      `KMS in ${region} refuses ${action} (${type}, HTTP ${status})`,
      `Allow kms:Sign and kms:GetPublicKey on the key in ${region}, or name a key that is there.`,
    );
  };
}

function signing(key: string, cause: string, hint: string): LandfallError {
  return new LandfallError({
    code: 'LF_SIGNING',
    operation: 'sign with',
    subject: `kms:${key}`,
    cause,
    hint,
  });
}

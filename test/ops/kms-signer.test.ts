import { constants, verify } from 'node:crypto';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { releaseStatement } from '../../config-service/release/signing.ts';
import { createKmsSigner } from '#scripts/ops/publication/kms-signer.ts';
import { signRelease, verifyRelease } from '#config-service';
import { releaseOf } from '../support/release-fixture.ts';
import { MOTO_IS_MISSING, startMoto } from '../support/moto.ts';
import { opsBench } from './ops-bench.ts';

const moto = await startMoto();
beforeEach(({ skip }) => {
  if (!moto) skip(MOTO_IS_MISSING);
});
afterAll(() => moto?.stop());

const RELEASE = releaseOf('r1', { base: { 'app.properties': 'a = 1' } });

/** moto needs no signature to create a key: one call of the JSON protocol. */
async function createKey(KeySpec: string): Promise<string> {
  const response = await fetch(`${moto?.url}/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'TrentService.CreateKey',
      authorization:
        'AWS4-HMAC-SHA256 Credential=x/20261121/eu-west-1/kms/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: JSON.stringify({ KeySpec, KeyUsage: 'SIGN_VERIFY' }),
  });
  const { KeyMetadata } = (await response.json()) as { KeyMetadata: { Arn: string; KeyId: string } };
  return KeyMetadata.Arn;
}

it('signs a release with a KMS key', async () => {
  const { context } = await opsBench();
  const env = { AWS_ENDPOINT_URL_KMS: moto?.url };
  const signer = await createKmsSigner(await createKey('ECC_NIST_P256'), 'us-east-1', { ...context, env });
  const signed = await signRelease(RELEASE, 'us-east-1', signer);
  expect(releaseStatement(RELEASE, 'us-east-1').length, 'the most KMS signs').toBeLessThan(4096);
  expect(verifyRelease(signed, 'us-east-1', [signer.publicKey], 'here').kind).toBe('ok');
});

it('signs with RSA, too', async () => {
  const { context } = await opsBench();
  const env = { AWS_ENDPOINT_URL_KMS: moto?.url };
  const signer = await createKmsSigner(await createKey('RSA_2048'), 'eu-west-1', {
    ...context,
    env,
  });
  // moto salts with all the room there is; KMS with 256 bits, which is what agents ask for.
  const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_AUTO: saltLength } = constants;
  const message = Buffer.from('message');
  expect(
    verify('sha256', message, { key: signer.publicKey.key, padding, saltLength }, await signer.sign(message)),
  ).toBe(true);
});

it('says which key and region, when there is no such key', async () => {
  const { context } = await opsBench();
  const env = { AWS_ENDPOINT_URL: moto?.url };
  const missing = createKmsSigner('alias/nope', 'eu-west-1', { ...context, env });
  await expect(missing).rejects.toMatchObject({ fault: { code: 'LF_SIGNING', subject: 'kms:alias/nope' } });
});

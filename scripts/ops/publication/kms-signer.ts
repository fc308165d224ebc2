import { Hash } from '@smithy/hash-node';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { regionsNamedBy, trustedKeyOf, type ReleaseSigner, type TrustedKey } from '#config-service';
import { createAgents } from '#agent/aws/agents.ts';
import { resolveEndpoint, type Endpoint } from '#agent/aws/endpoint.ts';
import { guardedHandler } from '#agent/aws/guarded-handler.ts';
import { createHostGuard } from '#agent/aws/host-guard.ts';
import { LandfallError } from '#kit/errors.ts';
import type { OpsContext } from '../context.ts';
import { valueOf } from '../options.ts';
import { pinOf } from '../site/regional-s3.ts';

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
  const { env, clock, stop, loadCredentials } = context;
  const pin = pinOf(region);
  const endpoint = endpointOf(region, context);
  const agents = valueOf(createAgents({ env }));
  const handler = guardedHandler(
    new NodeHttpHandler({
      httpAgent: agents.plain,
      httpsAgent: agents.tls(endpoint.url),
      connectionTimeout: 10_000,
      requestTimeout: 30_000,
      throwOnRequestTimeout: true,
    }),
    createHostGuard(pin, [endpoint]),
  );
  return async (action, input) => {
    const credentials = valueOf(await loadCredentials(region));
    const signer = new SignatureV4({
      service: 'kms',
      region,
      credentials: keysOf(credentials),
      sha256: Hash.bind(null, 'sha256'),
    });
    const { protocol, hostname, port, host } = endpoint.url;
    const request = new HttpRequest({
      method: 'POST',
      protocol,
      hostname,
      ...(port === '' ? {} : { port: Number(port) }),
      path: '/',
      headers: {
        host,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `TrentService.${action}`,
      },
      body: JSON.stringify(input),
    });
    const signed = await signer.sign(request, { signingDate: new Date(clock.now()) });
    const { response } = await handler
      .handle(HttpRequest.clone(signed as HttpRequest), { abortSignal: stop })
      .catch((error: unknown) => {
        if (error instanceof LandfallError) throw error;
        throw signing(
          key,
          error instanceof Error ? error.message : String(error),
          'Check the network and AWS_ENDPOINT_URL_KMS.',
        );
      });
    const answer = await readJson(response.body as AsyncIterable<Uint8Array>);
    if (response.statusCode === 200) return answer;
    const type =
      typeof answer['__type'] === 'string' ? answer['__type'].replace(/^.*#/, '') : 'no error type';
    throw signing(
      key,
      `KMS in ${region} refuses ${action} (${type}, HTTP ${response.statusCode})`,
      `Allow kms:Sign and kms:GetPublicKey on the key in ${region}, or name a key that is there.`,
    );
  };
}

/** What an override may be is decided by the agent's rule; the fault then names the variable all services share. */
function endpointOf(region: string, { env }: OpsContext): Endpoint {
  const override = env['AWS_ENDPOINT_URL_KMS'] || env['AWS_ENDPOINT_URL'];
  const pin = pinOf(region);
  if (override) return valueOf(resolveEndpoint('s3', pin, { AWS_ENDPOINT_URL: override }, regionsNamedBy));
  return { url: new URL(`https://kms.${region}.${pin.dnsSuffix}`), overridden: false };
}

function keysOf({
  accessKeyId,
  secretAccessKey,
  sessionToken,
}: {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}) {
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

async function readJson(body: AsyncIterable<Uint8Array>): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
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

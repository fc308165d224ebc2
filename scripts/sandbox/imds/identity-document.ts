import { createHash, sign } from 'node:crypto';
import { SANDBOX_IDENTITY_KEY } from './identity-key.ts';

/** What an instance is, from its launch on; only `launchedAt` is another after a stop and start. */
export interface InstanceFacts {
  readonly instanceId: string;
  readonly region: string;
  readonly zone: string;
  readonly account: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly privateIp: string;
  /** Milliseconds since the epoch. */
  readonly launchedAt: number;
}

/** `/latest/dynamic/instance-identity/document`, laid out as EC2 does. */
export function identityDocument(facts: InstanceFacts): string {
  const document = {
    accountId: facts.account,
    architecture: 'x86_64',
    availabilityZone: facts.zone,
    billingProducts: null,
    devpayProductCodes: null,
    marketplaceProductCodes: null,
    imageId: facts.imageId,
    instanceId: facts.instanceId,
    instanceType: facts.instanceType,
    kernelId: null,
    pendingTime: new Date(facts.launchedAt).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    privateIp: facts.privateIp,
    ramdiskId: null,
    region: facts.region,
    version: '2017-09-30',
  };
  return JSON.stringify(document, undefined, 2).replaceAll('": ', '" : ');
}

export type SignatureKind = 'signature' | 'pkcs7' | 'rsa2048';

/**
 * `signature` is what EC2 gives, RSA and SHA-256 over the document, of a key of the sandbox's own (`identity-key.ts`). The
 * other two are fakes in the shape of the real thing. All are the same for one document, and in lines of 76.
 */
export function signatureOf(kind: SignatureKind, document: string): string {
  const bytes =
    kind === 'signature' ? sign('sha256', Buffer.from(document), SANDBOX_IDENTITY_KEY) : fake(kind, document);
  return bytes.toString('base64').replaceAll(/.{76}(?=.)/g, '$&\n');
}

function fake(kind: SignatureKind, document: string): Buffer {
  const digest = createHash('sha512').update(kind).update('\0').update(document).digest();
  return Buffer.concat([digest, digest]);
}

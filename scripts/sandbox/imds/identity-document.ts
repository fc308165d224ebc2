import { createHash } from 'node:crypto';

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
 * A fake: deterministic per document and kind, in the shape of the real thing (base64 in lines of 76), and no signature at
 * all. It serves what Landfall needs of it, a secret that differs per instance and stays the same for one; it verifies
 * against no AWS certificate.
 */
export function fakeSignature(kind: SignatureKind, document: string): string {
  const digest = createHash('sha512').update(kind).update('\0').update(document).digest();
  const base64 = Buffer.concat([digest, digest]).toString('base64');
  return base64.replaceAll(/.{76}(?=.)/g, '$&\n');
}

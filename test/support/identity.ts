import type { Identity } from '#agent/identity/identity.ts';
import { identityDocument } from '#scripts/sandbox/imds/identity-document.ts';
import { payrollFacts } from './layer-generator.ts';

/** The identity behind `payrollFacts`. */
export const payrollIdentity: Identity = {
  partition: payrollFacts.partition,
  dnsSuffix: payrollFacts.dnsSuffix,
  account: payrollFacts.account,
  region: payrollFacts.region,
  zone: payrollFacts.zone,
  instanceId: payrollFacts.instanceId,
  imageId: payrollFacts.imageId,
  instanceType: payrollFacts.instanceType,
  architecture: 'x86_64',
  signature: 'c2lnbmF0dXJl',
  warnings: [],
};

/** As the metadata service gives it, for proofs: an instance in Ireland. */
export const DOCUMENT = identityDocument({
  instanceId: 'i-0abc',
  region: 'eu-west-1',
  zone: 'eu-west-1a',
  account: '123456789012',
  imageId: 'ami-0abc',
  instanceType: 't3.small',
  privateIp: '10.0.0.7',
  launchedAt: 0,
});

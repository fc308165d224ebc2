import type { Identity } from '#agent/identity/identity.ts';
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

import { ok, retry, type Outcome } from '#kit/outcome.ts';
import { isOurs } from './address-choice.ts';
import { claimFault } from '../base/claim-fault.ts';
import type { ClaimsHost } from '../base/claims-host.ts';
import type { Ec2 } from '../ec2/ec2.ts';
import type { ElasticIp } from '../ec2/elastic-ip.ts';
import { interrupted, sleep } from '../base/persist.ts';

/** An address that EC2 was seen to have given to this instance, more than once. */
export interface HeldAddress {
  readonly allocationId: string;
  readonly associationId: string;
  readonly publicIp: string;
}

/** Between two readings of an association that this agent made itself: EC2 decided, it only has to show. */
const OWN_GAP_MS = 1_000;
/** One that is only read about may be over already: as long as answers of EC2 are known to be late. */
const FOUND_GAP_MS = 10_000;
const MOST_READINGS = 10;

/**
 * Reads an address until two readings in a row, a while apart, say that it is ours by the same association.
 * @param own the association that this agent made; undefined when it only found one.
 */
export async function confirmAddress(
  host: ClaimsHost,
  ec2: Ec2,
  { allocationId, publicIp }: ElasticIp,
  own: string | undefined,
  signal: AbortSignal,
): Promise<Outcome<HeldAddress>> {
  let before = own;
  let agreeing = 0;
  for (let reading = 0; reading < MOST_READINGS; reading += 1) {
    const seen = await ec2.addresses({ allocationId });
    if (seen.kind !== 'ok') return seen;
    const address = seen.value[0];
    const associationId = address && isOurs(address, host.instanceId) ? address.associationId : undefined;
    agreeing = associationId !== undefined && associationId === (before ?? associationId) ? agreeing + 1 : 0;
    if (agreeing >= 2 && associationId !== undefined) return ok({ allocationId, associationId, publicIp });
    // Our own association may only not show yet; one that was found and is gone was an answer out of date.
    if (own === undefined && agreeing === 0) break;
    before = own ?? associationId;
    if (!(await sleep(host, own === undefined ? FOUND_GAP_MS : OWN_GAP_MS, signal))) return interrupted();
  }
  const cause = 'EC2 does not show that it is associated with this instance';
  const hint = 'Something else may associate it, too; only one program should.';
  return retry(claimFault('LF_CLAIM_LOST', 'claim', publicIp, cause, hint));
}

import { fail, ok, retry, type Outcome } from '#kit/outcome.ts';
import type { AddressClaim } from '../../plan/plan.ts';
import { chooseAddress } from './address-choice.ts';
import { confirmAddress, type HeldAddress } from './address-confirmation.ts';
import { claimFault } from '../base/claim-fault.ts';
import type { ClaimChange, ClaimsHost } from '../base/claims-host.ts';
import type { ClaimsMemory } from '../base/claims-memory.ts';
import type { Ec2 } from '../ec2/ec2.ts';
import type { ElasticIp } from '../ec2/elastic-ip.ts';

export const ADDRESS_ENTRY = 'claims.address';

/** Instances that start together all find the same addresses free; after so many lost races it is time to look again. */
const MOST_RACES = 8;

export interface AddressWork {
  readonly host: ClaimsHost;
  readonly ec2: Ec2;
  readonly memory: ClaimsMemory;
  readonly signal: AbortSignal;
  /** What was done so far; more is added. */
  readonly changes: ClaimChange[];
}

/**
 * One attempt. AssociateAddress without reassociation is the compare-and-set: of all instances that try, EC2 lets one
 * have the address, and holds it for that one until the instance lets go or is terminated. A `retry` looks at the world
 * anew, so a lost answer or a killed agent needs no journal.
 */
export async function tryAddress(work: AddressWork, claim: AddressClaim): Promise<Outcome<HeldAddress>> {
  const { host, ec2, memory, signal } = work;
  const seen = await ec2.addresses({ tag: claim.tag });
  if (seen.kind !== 'ok') return seen;
  const kept = memory.record.address;
  const choice = chooseAddress(seen.value, host.instanceId, kept?.allocationId);
  if (choice.kind === 'none') return missing(host, claim);
  if (choice.kind === 'taken') return taken(claim, choice.addresses);
  if (choice.kind === 'ours') {
    const own = kept?.associationId === choice.address.associationId ? kept?.associationId : undefined;
    return await confirmAddress(host, ec2, choice.address, own, signal);
  }
  const room = await makeRoom(work, claim, seen.value);
  return room.kind === 'ok' ? await race(work, claim, choice.addresses) : room;
}

async function race(
  { host, ec2, memory, signal, changes }: AddressWork,
  claim: AddressClaim,
  addresses: readonly ElasticIp[],
): Promise<Outcome<HeldAddress>> {
  const onTheirWay: string[] = [];
  for (const address of addresses.slice(0, MOST_RACES)) {
    const to = await host.movingTo(address.allocationId, signal);
    if (to !== undefined && to !== host.instanceId) {
      onTheirWay.push(`a swap brings ${address.publicIp} to ${to}`);
      continue;
    }
    const associated = await ec2.associate(address, host.instanceId);
    if (associated.kind === 'retry' && associated.fault.code === 'LF_CLAIM_TAKEN') continue;
    if (associated.kind !== 'ok') return associated;
    const { allocationId, publicIp } = address;
    const associationId = associated.value;
    changes.push({ entry: ADDRESS_ENTRY, subject: publicIp, action: 'associate' });
    const saved = await memory.change({ address: { allocationId, associationId } });
    // It is ours all the same; the next start has to look longer, that is all.
    if (saved.kind !== 'ok')
      host.logger.warn('the claim of an address could not be kept', { code: saved.fault.code });
    return await confirmAddress(host, ec2, address, associationId, signal);
  }
  return onTheirWay.length > 0 ? moving(claim, onTheirWay) : taken(claim, addresses);
}

/** An instance has room for one address: another one would be dropped without a word by associating this one. */
async function makeRoom(
  { host, ec2, memory, changes }: AddressWork,
  { tag }: AddressClaim,
  tagged: readonly ElasticIp[],
): Promise<Outcome<void>> {
  const held = await ec2.addresses({ instanceId: host.instanceId });
  if (held.kind !== 'ok') return held;
  const other = held.value.find(
    ({ allocationId }) => !tagged.some((address) => address.allocationId === allocationId),
  );
  if (!other) return ok(undefined);
  const { publicIp, associationId } = other;
  if (associationId === undefined || memory.record.address?.associationId !== associationId) {
    const cause = `this instance has ${publicIp} already, which does not carry the tag ${tag.name}=${tag.value}`;
    const hint = 'Tag that address, or disassociate it: an instance is given one only.';
    return fail(claimFault('LF_CLAIM_CONFLICT', 'claim', 'an Elastic IP', cause, hint));
  }
  // Claimed under an earlier plan, and not asked for by this one.
  const released = await ec2.disassociate(associationId);
  if (released.kind === 'ok') {
    changes.push({ entry: ADDRESS_ENTRY, subject: publicIp, action: 'release', reason: 'the tag changed' });
  }
  return released;
}

export function missing({ region }: ClaimsHost, { tag }: AddressClaim): Outcome<never> {
  const subject = `an Elastic IP with tag ${tag.name}=${tag.value}`;
  const hint = 'Allocate one in this region and tag it: Elastic IPs are regional.';
  return fail(claimFault('LF_CLAIM_MISSING', 'claim', subject, `there is none in ${region}`, hint));
}

function moving({ tag }: AddressClaim, onTheirWay: readonly string[]): Outcome<never> {
  const subject = `an Elastic IP with tag ${tag.name}=${tag.value}`;
  const hint = 'The agent waits for the swap to end; see who runs landfall-ops swap.';
  return retry(claimFault('LF_CLAIM_TAKEN', 'claim', subject, onTheirWay.join(', '), hint));
}

function taken({ tag }: AddressClaim, addresses: readonly ElasticIp[]): Outcome<never> {
  const subject = `an Elastic IP with tag ${tag.name}=${tag.value}`;
  const holders = addresses
    .slice(0, 5)
    .map(({ publicIp, instanceId }) => `${publicIp} (${instanceId ?? 'not an instance'})`);
  const cause = `all ${addresses.length} are in use: ${holders.join(', ')}`;
  const hint =
    'The agent waits for one. A stopped instance keeps its address: disassociate it there, or allocate one more.';
  return retry(claimFault('LF_CLAIM_TAKEN', 'claim', subject, cause, hint));
}

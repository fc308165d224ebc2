import type { ElasticIp } from '../ec2/elastic-ip.ts';
import { ranked } from '../base/ranking.ts';

export type AddressChoice =
  /** Nothing carries the tag in this region. */
  | { readonly kind: 'none' }
  | { readonly kind: 'ours'; readonly address: ElasticIp }
  /** In the order to try them. */
  | { readonly kind: 'free'; readonly addresses: readonly ElasticIp[] }
  | { readonly kind: 'taken'; readonly addresses: readonly ElasticIp[] };

/**
 * Which address to go for. One that anybody has is left alone: EC2 itself ends the association of an instance that is
 * terminated, and a stopped one keeps its address on purpose.
 * @param kept the allocation this instance had last; first, when it is free.
 */
export function chooseAddress(
  tagged: readonly ElasticIp[],
  instanceId: string,
  kept: string | undefined,
): AddressChoice {
  if (tagged.length === 0) return { kind: 'none' };
  const inOrder = ranked(tagged, ({ allocationId }) => allocationId, instanceId).toSorted(
    (a, b) => Number(b.allocationId === kept) - Number(a.allocationId === kept),
  );
  const ours = inOrder.find((address) => isOurs(address, instanceId));
  if (ours) return { kind: 'ours', address: ours };
  const free = inOrder.filter((address) => isFree(address));
  return free.length > 0 ? { kind: 'free', addresses: free } : { kind: 'taken', addresses: tagged };
}

export function isOurs(address: ElasticIp, instanceId: string): boolean {
  return address.associationId !== undefined && address.instanceId === instanceId;
}

function isFree({ associationId, instanceId }: ElasticIp): boolean {
  return associationId === undefined && instanceId === undefined;
}

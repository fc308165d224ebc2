import { describeFault, type Fault } from '#kit/errors.ts';
import type { ClaimsStatus } from '../../claims/claims.ts';

/** `claims` of the status; null where no plan claims anything. */
export function claimsDocument(status: ClaimsStatus | undefined) {
  if (status === undefined || (status.address === null && status.volumes.length === 0)) return null;
  const { address, volumes } = status;
  return {
    address: address && {
      tag: address.tag,
      state: address.state,
      publicIp: address.publicIp ?? null,
      allocationId: address.allocationId ?? null,
      confirmedAt: address.confirmedAt ?? null,
      failure: failureOf(address.fault),
    },
    volumes: volumes.map(({ name, tag, mount, state, volumeId = null, device = null, fault }) => ({
      name,
      tag,
      mount,
      state,
      volumeId,
      device,
      failure: failureOf(fault),
    })),
  };
}

function failureOf(fault: Fault | undefined) {
  if (fault === undefined) return null;
  const { code, hint } = fault;
  return { code, message: describeFault({ ...fault, hint: '', problems: [] }), hint };
}

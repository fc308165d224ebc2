import type { AddressClaim, ClaimsSection, SignalsSection, VolumeClaim } from './plan.ts';
import { byName, entriesAt, placeOf, requireField, type MergedPlan } from './plan-entry.ts';
import { memberOf } from './plan-node.ts';
import { ADDRESS, CLOUD_FORMATION, SIGNALS, VOLUME } from './plan-sections.ts';
import { valuesOf } from './plan-shape.ts';

const ADDRESS_TIMEOUT_MS = 300_000;
/** The instance before may take its time to shut down and let go. */
const VOLUME_TIMEOUT_MS = 600_000;

export function claimsOf(merged: MergedPlan): ClaimsSection {
  return { address: addressOf(merged), volumes: volumesOf(merged) };
}

function addressOf(merged: MergedPlan): AddressClaim | undefined {
  const node = memberOf(memberOf(merged.root, 'claims'), 'address');
  if (node === undefined) return undefined;
  const name = 'address';
  const place = placeOf(node);
  const { tag, release = false, timeout = ADDRESS_TIMEOUT_MS } = valuesOf(ADDRESS, node);
  requireField(merged, { name, place, node, at: 'claims.address' }, 'tag');
  return tag && { name, place, tag, release, timeoutMs: timeout };
}

function volumesOf(merged: MergedPlan): readonly VolumeClaim[] {
  const volumes = entriesAt(merged, 'claims.volumes').flatMap((entry) => {
    const { name, place, node } = entry;
    const { tag, mount, device, makeFilesystem, options, timeout } = valuesOf(VOLUME, node);
    requireField(merged, entry, 'tag');
    requireField(merged, entry, 'mount');
    if (tag === undefined || mount === undefined) return [];
    const timeoutMs = timeout ?? VOLUME_TIMEOUT_MS;
    return [{ name, place, tag, mount, device, makeFilesystem, options, timeoutMs }];
  });
  return byName(volumes);
}

export function signalsOf(merged: MergedPlan): SignalsSection {
  const node = memberOf(merged.root, 'signals');
  const { launchHook, terminationHook } = valuesOf(SIGNALS, node);
  const stackNode = memberOf(node, 'cloudFormation');
  const { stack, resource } = valuesOf(CLOUD_FORMATION, stackNode);
  if (stackNode) {
    const entry = {
      name: 'cloudFormation',
      place: placeOf(stackNode),
      node: stackNode,
      at: 'signals.cloudFormation',
    };
    requireField(merged, entry, 'stack');
    requireField(merged, entry, 'resource');
  }
  const cloudFormation = stack === undefined || resource === undefined ? undefined : { stack, resource };
  return { launchHook, terminationHook, cloudFormation };
}

import type { HostEntry } from './plan.ts';
import { byName, entriesAt, requireField, type MergedPlan } from './plan-entry.ts';
import { HOST } from './plan-sections.ts';
import { valuesOf } from './plan-shape.ts';

export function hostsOf(merged: MergedPlan): readonly HostEntry[] {
  const hosts = entriesAt(merged, 'hosts').flatMap((entry) => {
    const { name, place, node } = entry;
    requireField(merged, entry, 'address');
    const { address, aliases = [], until } = valuesOf(HOST, node);
    return address === undefined ? [] : [{ name, place, address, aliases, until }];
  });
  return byName(hosts);
}

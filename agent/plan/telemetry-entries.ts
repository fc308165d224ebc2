import type { LogEntry, MetricsSection } from './plan.ts';
import { byName, entriesAt, type MergedPlan } from './plan-entry.ts';
import { memberOf } from './plan-node.ts';

export function logsOf(merged: MergedPlan): readonly LogEntry[] {
  const logs = entriesAt(merged, 'logs').flatMap(({ name, node }) =>
    node.kind === 'map' ? [{ name, settings: node }] : [],
  );
  return byName(logs);
}

export function metricsOf({ root }: MergedPlan): MetricsSection | undefined {
  const node = memberOf(root, 'metrics');
  return node?.kind === 'map' ? { settings: node } : undefined;
}

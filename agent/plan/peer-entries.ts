import type { PeersSection } from './plan.ts';
import { memberOf, type PlanNode } from './plan-node.ts';
import { PEERS } from './plan-sections.ts';
import { valuesOf } from './plan-shape.ts';

const EVERY_MS = 30_000;

/** Off where no layer has the section. */
export function peersOf(root: PlanNode | undefined): PeersSection | undefined {
  const node = memberOf(root, 'peers');
  if (node === undefined) return undefined;
  const { role, environment, tags = [], where = {}, every = EVERY_MS } = valuesOf(PEERS, node);
  return { role, environment, tags, where, everyMs: every };
}

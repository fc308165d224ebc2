import type { LayerContent, PlanPolicy } from '#config-service';
import type { ReadSheet } from '#agent/plan/layer-plan.ts';
import { policyOf } from '#agent/plan/policy.ts';
import { readPlan } from '#agent/plan/read-plan.ts';

/** What the plans of all layers, weakest first, ask of a generation. */
export function readPlanPolicy(layers: readonly LayerContent[], read?: ReadSheet): PlanPolicy {
  return policyOf(readPlan(layers, read), layers, read);
}

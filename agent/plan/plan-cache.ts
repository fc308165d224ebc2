import type { LayerContent, PlanPolicy } from '#config-service';
import type { ContentCache } from '#kit/content-cache.ts';
import { createLayerPlanCache, type LayerPlan } from './layer-plan.ts';
import type { Plan } from './plan.ts';
import { policyOf } from './policy.ts';
import { readPlan } from './read-plan.ts';

/** What the plans of some layers come to. */
export interface PlanOfLayers {
  readonly plan: Plan;
  readonly policy: PlanPolicy;
}

/** Reads the plans of the same layers once, whoever asks, and as long as these layers are there. */
export function createPlanCache(
  sheets: ContentCache<LayerPlan>,
): (layers: readonly LayerContent[]) => PlanOfLayers {
  const readSheet = createLayerPlanCache(sheets);
  const known = new WeakMap<readonly LayerContent[], PlanOfLayers>();
  return (layers) => {
    const before = known.get(layers);
    if (before) return before;
    const reading = readPlan(layers, readSheet);
    const read = { plan: reading.plan, policy: policyOf(reading, layers, readSheet) };
    known.set(layers, read);
    return read;
  };
}

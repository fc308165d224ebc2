import type { LayerContent, PlanPolicy } from '#config-service';
import { propertiesLayers } from './named-assets.ts';
import type { ReadSheet } from './plan-sheet.ts';
import { readPlan, type PlanReading } from './read-plan.ts';

/** What the plans of all layers, weakest first, ask of a generation. One that is not valid in any section refuses it. */
export function readPlanPolicy(layers: readonly LayerContent[], read?: ReadSheet): PlanPolicy {
  return policyOf(readPlan(layers, read), layers, read);
}

/** The same, of a reading that is there already. */
export function policyOf(
  { plan, problems, values }: PlanReading,
  layers: readonly LayerContent[],
  read?: ReadSheet,
): PlanPolicy {
  const { require, allow, strictness } = plan;
  return { require, allow, strictness, problems, values, properties: propertiesLayers(layers, read) };
}

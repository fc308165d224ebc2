import type { LayerContent, PlanPolicy } from '#config-service';
import { propertiesLayers } from './named-assets.ts';
import type { ReadSheet } from './layer-plan.ts';
import type { PlanReading } from './read-plan.ts';

/** What the plans of all layers ask of a generation. One that is not valid in any section refuses it. */
export function policyOf(
  { plan, problems, values }: PlanReading,
  layers: readonly LayerContent[],
  read?: ReadSheet,
): PlanPolicy {
  const { require, allow, strictness } = plan;
  return { require, allow, strictness, problems, values, properties: propertiesLayers(layers, read) };
}

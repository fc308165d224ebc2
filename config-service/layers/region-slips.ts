import type { Problem } from '../kit/errors.ts';
import { nearestName } from '../kit/nearest-name.ts';
import { knownRegions, regionFacts } from '../region/tables/partitions.ts';
import type { LayerPlace } from './layer-place.ts';

/** Layers for a region or zone that nobody knows: it may have opened after the build, and is most often a slip. */
export function regionSlips(places: readonly LayerPlace[]): readonly Problem[] {
  return places.flatMap(({ name, bound }) => {
    const region = bound.get('region');
    if (region === undefined || regionFacts(region)?.known === true) return [];
    const near = nearestRegion(region);
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    return [
      {
        code: 'LF_LAYER_UNKNOWN' as const,
        message: `${region} is no region that this version knows, so no instance elsewhere reads the layer${hint}`,
        file: name,
      },
    ];
  });
}

/** The region that was meant, where the name cannot be one: a new area or number is no slip, a new word for a direction is. */
export function meantRegion(asked: string): string | undefined {
  const words = new Set(knownRegions().flatMap(({ region }) => region.split('-')));
  const isSlip = asked.split('-').some((word, index) => index > 0 && !/^\d+$/.test(word) && !words.has(word));
  return isSlip ? nearestRegion(asked) : undefined;
}

/** The region that a typing slip separates from `asked`. */
function nearestRegion(asked: string): string | undefined {
  return nearestName(
    asked,
    knownRegions().map(({ region }) => region),
  );
}

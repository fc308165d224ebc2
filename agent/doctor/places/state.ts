import { headNamesRegion } from '../base/judges.ts';
import type { Check } from '../base/place.ts';

/** Landfall's own files, by the stamp in the clear head of each; the rest of them cannot be read. */
export function stateCheck(stateDir: string): Check {
  return {
    name: 'stamps',
    clean: 'no state of another region',
    places: [
      {
        paths: [`${stateDir}/**/*`],
        judge: headNamesRegion,
        weight: 'names',
        wayOut: (path, _sign, { isOwn }) =>
          isOwn
            ? 'Nothing to do: the fence removes it when landfall starts. For an image: landfall doctor --before-image'
            : `Nothing to do: the fence removes it when landfall starts there. Or: rm ${path}`,
      },
    ],
  };
}

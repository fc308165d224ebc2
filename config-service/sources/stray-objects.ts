import type { Problem } from '../kit/errors.ts';
import { placeLayer } from '../layers/layer-place.ts';
import { regionSlips } from '../layers/region-slips.ts';
import type { LayerContent } from '../layers/layer.ts';
import { belongsToLayer } from './layer-folder.ts';

/** What lies beside layers at the top of a source, and is read in other ways or not at all. */
const BESIDE =
  /^(?:objects|history|health|fleet|peers|swaps|agent)\/|^(?:current\.json|ip-ranges\.(?:packed|json(?:\.gz)?))$/;
const CONFIGURATION = /\.(?:properties|ya?ml|json)$/i;

/**
 * Of what a listing showed beside the layers of this instance, what is of no instance's: configuration that lies in no layer,
 * layers of a region that nobody knows, and layers that this instance would have if its tags were in the same letters. Other
 * roles' layers are at home.
 * @param paths relative to the source.
 * @param layers of this instance, those without a file, too.
 */
export function strayObjects(
  paths: readonly string[],
  order: readonly string[],
  layers: readonly LayerContent[] = [],
): readonly Problem[] {
  const homes = paths.map((path) => [path, homeOf(path, order)] as const);
  const places = new Map(homes.flatMap(([, place]) => (place ? [[place.name, place] as const] : [])));
  return [
    ...homes.flatMap(([path, place]): readonly Problem[] => {
      if (place || BESIDE.test(path) || !CONFIGURATION.test(path)) return [];
      const message = `belongs to no layer, so no instance reads it; layers are ${order.join(', ')}`;
      return [{ code: 'LF_LAYER_UNKNOWN', message, file: path }];
    }),
    ...regionSlips([...places.values()]),
    ...letterSlips([...places.keys()], layers),
  ];
}

/** `role/web` at the source, and an instance whose tag says `Web`: it would run on the weaker layers alone, without a word. */
function letterSlips(names: readonly string[], layers: readonly LayerContent[]): readonly Problem[] {
  const empty = new Map(
    layers.filter(({ files }) => files.length === 0).map(({ name }) => [name.toLowerCase(), name]),
  );
  return names.flatMap((name): readonly Problem[] => {
    const mine = empty.get(name.toLowerCase());
    if (mine === undefined || mine === name) return [];
    const message = `is not read here: the layer of this instance is ${mine}, and letters count; change the tag or the folder`;
    return [{ code: 'LF_LAYER_UNKNOWN', message, file: name }];
  });
}

/** The layer that the object is a file of, whichever instances have that layer. */
function homeOf(path: string, order: readonly string[]) {
  const parts = path.split('/');
  for (let depth = parts.length - 1; depth > 0; depth -= 1) {
    const folder = parts.slice(0, depth).join('/');
    const place = placeLayer(folder, order);
    if (place && belongsToLayer(path.slice(folder.length + 1))) return place;
  }
  return undefined;
}

import type { LayerContent, LayerFile, LayerRef } from '../layers/layer.ts';
import { areSameObjects } from '../release/vouched-objects.ts';
import type { Fetched } from './layer-source.ts';

/** Completes a fetch: says whether it equals the previous one, and if so keeps that one's layers. */
export function completeFetch(draft: Omit<Fetched, 'unchanged'>, previous: Fetched | undefined): Fetched {
  if (previous && sameContent(previous, draft)) return { ...draft, layers: previous.layers, unchanged: true };
  return { ...draft, unchanged: false };
}

/** The layers asked for, in that order, each with its files sorted by path; one without a file is absent. */
export function layersOf(
  asked: readonly LayerRef[],
  files: readonly { readonly layer: string; readonly file: LayerFile }[],
): readonly LayerContent[] {
  const byLayer = new Map<string, LayerFile[]>(asked.map(({ name }) => [name, []]));
  for (const { layer, file } of files) byLayer.get(layer)?.push(file);
  return [...byLayer].map(([name, content]) => ({
    name,
    files: content.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  }));
}

export function filesOf(fetched: Fetched | undefined): readonly LayerFile[] {
  return (fetched?.layers ?? []).flatMap((layer) => layer.files);
}

/** Whether the previous fetch answered for exactly these layers. */
export function sameLayers(previous: Fetched, asked: readonly LayerRef[]): boolean {
  const { layers } = previous;
  return layers.length === asked.length && layers.every((layer, index) => layer.name === asked[index]?.name);
}

function sameContent(previous: Fetched, draft: Omit<Fetched, 'unchanged'>): boolean {
  if (previous.layout !== draft.layout || previous.release !== draft.release) return false;
  if (!areSameObjects(previous.objects, draft.objects)) return false;
  return sameLayers(previous, draft.layers) && identities(previous.layers) === identities(draft.layers);
}

function identities(layers: readonly LayerContent[]): string {
  return JSON.stringify(
    layers.map(({ name, files }) => [name, files.map(({ path, object, sha256 }) => [path, object, sha256])]),
  );
}

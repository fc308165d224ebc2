import { ok, type Outcome } from '../kit/outcome.ts';
import type { LayerFile } from '../layers/layer.ts';
import { isStoreLayer } from '../layers/store-layer.ts';
import { completeFetch } from './fetched.ts';
import type { Fetched, LayerSource } from './layer-source.ts';

/** What follows the stores beside the source, each at its own pace. */
export interface Stores {
  /**
   * The files of each of these layers as they were read last, in their order. Waits for a store only until its first
   * reading has ended; fails while one of them has nothing that could be used. What was read for other layers is let go.
   */
  read(layers: readonly string[], signal: AbortSignal): Promise<Outcome<readonly (readonly LayerFile[])[]>>;
}

/**
 * The layers of a source and those of stores in one fetch, in the order asked for: one generation comes of both. A store is
 * not asked in a fetch, so that a slow one holds up no change at the source, and the work of a tick is what it was.
 */
export function withStores(source: LayerSource, stores: Stores): LayerSource {
  /** What the source itself gave for what was made of it. */
  const own = new WeakMap<Fetched, Fetched>();
  return {
    async fetch({ layers, signal, previous }) {
      const folders = layers.filter(({ name }) => !isStoreLayer(name));
      const unneeded = new AbortController();
      const reading = stores.read(
        layers.flatMap(({ name }) => (isStoreLayer(name) ? name : [])),
        AbortSignal.any([signal, unneeded.signal]),
      );
      // Nobody waits for a store when the source fails, and nobody shall hear of its end.
      reading.catch(() => {});
      const request = { layers: folders, signal, previous: previous && own.get(previous) };
      const fetched = await source.fetch(request);
      if (fetched.kind !== 'ok') {
        unneeded.abort();
        return fetched;
      }
      const read = await reading;
      if (read.kind !== 'ok') return read;
      const inFolders = fetched.value.layers.values();
      const inStores = read.value.values();
      const both = layers.map(({ name }) => ({
        name,
        files: (isStoreLayer(name) ? inStores.next().value : inFolders.next().value?.files) ?? [],
      }));
      const complete = completeFetch({ ...fetched.value, layers: both }, previous);
      own.set(complete, fetched.value);
      return ok(complete);
    },
  };
}

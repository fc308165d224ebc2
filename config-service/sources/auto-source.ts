import type { FetchRequest, LayerSource } from './layer-source.ts';
import { readPointer, releaseGone, type ReleasePlace } from './release-pointer.ts';
import { followPointer, knownPointer } from './release-source.ts';
import { fetchListed } from './tree-source.ts';
import { listTree } from './tree-listing.ts';

export interface AutoSourceOptions extends ReleasePlace {
  /** True when this instance was ever served a release; remembered by the caller across restarts. */
  readonly seenRelease: boolean;
  /** Called each time a valid release pointer is met. */
  readonly onRelease?: () => void;
}

/**
 * A release if there is a pointer, plain folders if there is none, decided anew each tick: a release published later is
 * noticed, one that was seen is never given up for a tree (`LF_RELEASE_GONE`). Only "absent" leads to the tree; a pointer
 * that is denied, broken or foreign is a failure, or hiding it would be a way to feed an instance other configuration.
 *
 * Until a release is seen, pointer and listings are asked for side by side: the first fetch of a tree costs no round trip
 * more than if the layout were known.
 */
export function createAutoSource({ seenRelease, onRelease, ...place }: AutoSourceOptions): LayerSource {
  let seen = seenRelease;
  return {
    async fetch(request) {
      if (request.previous?.layout === 'release') seen = true;
      const reading = readPointer(place, knownPointer(place, request), request.signal);
      const listing = seen ? undefined : startListing(place, request);
      try {
        const read = await reading;
        if (read.kind !== 'ok') return read;
        if (read.value.kind === 'absent') {
          if (!listing) return releaseGone(place);
          const listed = await listing.result;
          return listed.kind === 'ok' ? await fetchListed(place, listed.value, request) : listed;
        }
        seen = true;
        onRelease?.();
        return await followPointer(place, read.value, request);
      } finally {
        listing?.stop();
      }
    },
  };
}

function startListing(place: ReleasePlace, { layers, signal }: FetchRequest) {
  const unneeded = new AbortController();
  const result = listTree(place, layers, AbortSignal.any([signal, unneeded.signal]));
  // Nobody waits for a listing that turns out not to be needed, and nobody shall hear of its end.
  result.catch(() => {});
  return { result, stop: () => unneeded.abort() };
}

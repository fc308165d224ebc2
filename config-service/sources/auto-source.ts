import type { FetchRequest, LayerSource } from './layer-source.ts';
import { pointerAddress, readPointer, releaseGone, type ReleasePlace } from './release-pointer.ts';
import { followPointer, knownPointer } from './release-source.ts';
import { createTreeLister, type ListTree } from './tree-listing.ts';
import { fetchListed } from './tree-source.ts';
import { unsignable } from './unsignable.ts';

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
 * Where trusted keys are set, plain folders are refused: nothing can vouch for them.
 *
 * Until a release is seen, pointer and listings are asked for side by side: the first fetch of a tree costs no round trip
 * more than if the layout were known. Not after a fetch that got no pointer: while a source is away each try is one request.
 */
export function createAutoSource({ seenRelease, onRelease, ...place }: AutoSourceOptions): LayerSource {
  let seen = seenRelease;
  let isAway = false;
  const listTree = createTreeLister(place);
  return {
    async fetch(request) {
      if (request.previous?.layout === 'release') seen = true;
      const reading = readPointer(place, knownPointer(place, request), request.signal);
      let listing = seen || isAway ? undefined : startListing(listTree, request);
      try {
        const read = await reading;
        isAway = read.kind === 'retry';
        if (read.kind !== 'ok') return read;
        if (read.value.kind === 'absent') {
          if (seen) return releaseGone(place);
          listing ??= startListing(listTree, request);
          const listed = await listing.result;
          if (listed.kind !== 'ok') return listed;
          if (place.trustedKeys?.length && listed.value.files.length > 0)
            return unsignable(pointerAddress(place));
          return await fetchListed(place, listed.value, request);
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

function startListing(listTree: ListTree, { layers, signal }: FetchRequest) {
  const unneeded = new AbortController();
  const result = listTree(layers, AbortSignal.any([signal, unneeded.signal]));
  // Nobody waits for a listing that turns out not to be needed, and nobody shall hear of its end.
  result.catch(() => {});
  return { result, stop: () => unneeded.abort() };
}

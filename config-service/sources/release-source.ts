import { ok, retry, type Outcome } from '../kit/outcome.ts';
import { sameLayers } from './fetched.ts';
import type { Fetched, FetchRequest, LayerSource } from './layer-source.ts';
import { unaskedNotModified } from './not-modified.ts';
import { fetchRelease } from './release-objects.ts';
import {
  pointerAddress,
  readPointer,
  releaseGone,
  type PointerRead,
  type ReleasePlace,
} from './release-pointer.ts';

/** Published releases: one conditional GET a tick, plus each object of a new release once. */
export function createReleaseSource(place: ReleasePlace): LayerSource {
  return {
    async fetch(request) {
      const read = await readPointer(place, knownPointer(place, request), request.signal);
      if (read.kind !== 'ok') return read;
      if (read.value.kind !== 'absent') return followPointer(place, read.value, request);
      return request.previous?.layout === 'release' ? releaseGone(place) : noRelease(place);
    },
  };
}

/**
 * The ETag to ask with: only when the previous fetch was of a release and for the same layers, as a "not modified" brings
 * no manifest to look up another layer in.
 */
export function knownPointer(place: ReleasePlace, { layers, previous }: FetchRequest): string | undefined {
  if (previous?.layout !== 'release' || !sameLayers(previous, layers)) return undefined;
  return previous.etags.get(pointerAddress(place));
}

/** Turns a pointer that is there into layers. */
export async function followPointer(
  place: ReleasePlace,
  read: Exclude<PointerRead, { kind: 'absent' }>,
  request: FetchRequest,
): Promise<Outcome<Fetched>> {
  if (read.kind === 'changed') return fetchRelease(place, read.pointer.stable, read.etag, request);
  if (request.previous) return ok({ ...request.previous, unchanged: true });
  return unaskedNotModified(pointerAddress(place));
}

function noRelease(place: ReleasePlace): Outcome<never> {
  return retry({
    code: 'LF_SOURCE_EMPTY',
    operation: 'read',
    subject: pointerAddress(place),
    cause: 'no release was published there',
    hint: 'Publish one with `landfall-ops publish`, or set `layout` to tree for plain folders.',
  });
}

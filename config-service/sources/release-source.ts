import { ok, retry, type Outcome } from '../kit/outcome.ts';
import { sameLayers } from './fetched.ts';
import type { Pointer } from '../release/pointer.ts';
import { verifyRelease } from '../release/signing.ts';
import type { Chosen, Fetched, FetchRequest, LayerSource } from './layer-source.ts';
import { unaskedNotModified } from './not-modified.ts';
import { fetchRelease } from './release-objects.ts';
import {
  admitPointer,
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

/** The ETag to ask with: only when the pointer it stands for is at hand, to choose from it again. */
export function knownPointer(place: ReleasePlace, { previous }: FetchRequest): string | undefined {
  return previous?.chosen && previous.etags.get(pointerAddress(place));
}

/**
 * Turns a pointer that is there into the layers of one of its releases. A candidate that cannot be taken as it stands
 * costs nobody the stable release: that is what a rollout is for.
 */
export async function followPointer(
  place: ReleasePlace,
  read: Exclude<PointerRead, { kind: 'absent' }>,
  request: FetchRequest,
): Promise<Outcome<Fetched>> {
  const held = read.kind === 'changed' ? read : heldPointer(place, request);
  if (held === undefined) return unaskedNotModified(pointerAddress(place));
  const { pointer } = held;
  if (held.kind === 'changed') {
    const admitted = await admitPointer(place, pointer);
    if (admitted.kind !== 'ok') return admitted;
  }
  const stable = { track: 'stable', release: pointer.stable } as const;
  const choice = place.choose?.(pointer) ?? stable;
  const fetched = await take(place, { ...choice, pointer }, held, request);
  if (fetched.kind !== 'fail' || choice.track === 'stable') return fetched;
  const refused = { release: choice.release, fault: fetched.fault };
  return take(place, { ...stable, pointer, refused }, held, request);
}

interface HeldPointer {
  readonly kind: 'changed' | 'unchanged';
  readonly pointer: Pointer;
  readonly etag: string;
}

function heldPointer(place: ReleasePlace, { previous }: FetchRequest): HeldPointer | undefined {
  const etag = previous?.etags.get(pointerAddress(place));
  if (previous?.chosen === undefined || etag === undefined) return undefined;
  return { kind: 'unchanged', pointer: previous.chosen.pointer, etag };
}

async function take(
  place: ReleasePlace,
  chosen: Chosen,
  { kind, etag }: HeldPointer,
  request: FetchRequest,
): Promise<Outcome<Fetched>> {
  const { previous, layers } = request;
  const { release } = chosen;
  if (kind === 'unchanged' && previous?.release === release.id && sameLayers(previous, layers)) {
    return ok({ ...previous, chosen, unchanged: true });
  }
  const { trustedKeys = [], region } = place;
  if (trustedKeys.length > 0) {
    const verified = verifyRelease(release, region, trustedKeys, pointerAddress(place));
    if (verified.kind !== 'ok') return verified;
  }
  return fetchRelease(place, chosen, etag, request);
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

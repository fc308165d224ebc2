import { fail, ok, retry, type Outcome } from '../kit/outcome.ts';
import type { ChooseRelease } from '../release/cohort.ts';
import { verifyPointer } from '../release/pointer-signing.ts';
import { parsePointer, type Pointer } from '../release/pointer.ts';
import type { TrustedKey } from '../release/trusted-key.ts';
import { keyBelow } from './layer-folder.ts';
import { MAX_OBJECT_BYTES } from './limits.ts';
import type { ObjectStore } from './object-store.ts';

export const POINTER_NAME = 'current.json';

/** Where releases lie, and the only region whose releases are taken. The prefix has no slash at either end. */
export interface ReleasePlace {
  readonly store: ObjectStore;
  readonly prefix: string;
  readonly region: string;
  /** Between stable and candidate; without it, the stable release always. */
  readonly choose?: ChooseRelease;
  /** When there are some, only what one of them vouches for is taken. */
  readonly trustedKeys?: readonly TrustedKey[];
  /** How far the sequence of signed pointers has come; without it, one is as good as another. */
  readonly sequences?: SequenceMemory;
}

/** The highest sequence of each pointer that was followed, by its address. It only ever rises. */
export interface SequenceMemory {
  /** The least that is taken. Undefined: the first one sets it. */
  least(address: string): number | undefined;
  /** Resolves when it will be known after a restart, as far as anything is. */
  raise(address: string, sequence: number): Promise<void>;
}

export type PointerRead =
  | { readonly kind: 'changed'; readonly pointer: Pointer; readonly etag: string }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'absent' };

/** `s3://bucket/prefix/current.json`. */
export function pointerAddress({ store, prefix }: ReleasePlace): string {
  return `${store.address}/${keyBelow(prefix, POINTER_NAME)}`;
}

/** One GET, conditional when `etag` is given. A pointer that is malformed or of another region is final until it moves. */
export async function readPointer(
  place: ReleasePlace,
  etag: string | undefined,
  signal: AbortSignal,
): Promise<Outcome<PointerRead>> {
  const got = await place.store.get(keyBelow(place.prefix, POINTER_NAME), {
    ...(etag === undefined ? {} : { ifNoneMatch: etag }),
    maxBytes: MAX_OBJECT_BYTES,
    signal,
  });
  if (got.kind !== 'ok') return got;
  if (got.value.kind !== 'found') return ok(got.value);
  const parsed = parsePointer(got.value.bytes, place.region, pointerAddress(place));
  if (parsed.kind === 'invalid') return fail(parsed.fault);
  return ok({ kind: 'changed', pointer: parsed.pointer, etag: got.value.etag });
}

/**
 * Whether a pointer that was just read may be followed: where keys are set, one of them vouches for it, and it is none that
 * was put back. Faults: those of `verifyPointer`, `LF_RELEASE_OLDER`.
 */
export async function admitPointer(place: ReleasePlace, pointer: Pointer): Promise<Outcome<void>> {
  const { trustedKeys = [], sequences } = place;
  if (trustedKeys.length === 0) return ok(undefined);
  const address = pointerAddress(place);
  const sequence = verifyPointer(pointer, trustedKeys, address);
  if (sequence.kind !== 'ok') return sequence;
  const least = sequences?.least(address);
  if (least !== undefined && (sequence.value ?? 0) < least)
    return olderPointer(address, sequence.value, least);
  if (sequence.value !== undefined) await sequences?.raise(address, sequence.value);
  return ok(undefined);
}

function olderPointer(subject: string, sequence: number | undefined, least: number): Outcome<never> {
  const found = sequence === undefined ? 'it has no sequence' : `its sequence is ${sequence}`;
  return fail({
    code: 'LF_RELEASE_OLDER',
    operation: 'follow',
    subject,
    cause: `${found}, and ${least} is the least that is taken here: an older pointer was put back`,
    hint: 'Find out who wrote it. To go back on purpose, use `landfall-ops rollback --sign KEY`; what was accepted before stays in use.',
  });
}

/** The pointer was there once: whoever deleted it cannot turn this instance back to a plain tree. */
export function releaseGone(place: ReleasePlace): Outcome<never> {
  return retry({
    code: 'LF_RELEASE_GONE',
    operation: 'read',
    subject: pointerAddress(place),
    cause: 'a release was served from here before and the pointer is gone',
    hint: 'Publish again, or roll back with `landfall-ops rollback`; the last good configuration stays in use.',
  });
}

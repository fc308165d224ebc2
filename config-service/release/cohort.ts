import { createHash } from 'node:crypto';
import type { ReleaseCandidate } from './candidate.ts';
import { epochMsOf } from '../kit/iso-time.ts';
import { releaseDigest, type Release } from './manifest.ts';
import type { Pointer } from './pointer.ts';
import { percentAfter } from './rollout.ts';

/** Which of a pointer's two releases. */
export type Track = 'stable' | 'candidate';

export interface Choice {
  readonly track: Track;
  readonly release: Release;
}

/** Bound to an instance and its clock where programs are put together, so that sources need neither. */
export type ChooseRelease = (pointer: Pointer) => Choice;

/** What decides beside the pointer itself. */
export interface ChoosingInstance {
  readonly instanceId: string;
  /** Epoch ms. */
  readonly now: number;
  /** Digests (`releaseDigest`) of candidates that could not be activated on this instance. */
  readonly avoid: ReadonlySet<string>;
}

/**
 * The release an instance runs. The candidate, when its cohort's turn has come, unless the rollout is halted or this
 * instance has tried it in vain; else the stable one, always.
 */
export function chooseRelease(
  { stable, candidate }: Pointer,
  { instanceId, now, avoid }: ChoosingInstance,
): Choice {
  if (
    candidate &&
    chooses(candidate, instanceId, now) === 'candidate' &&
    !(avoid.size > 0 && avoid.has(releaseDigest(candidate.release)))
  ) {
    return { track: 'candidate', release: candidate.release };
  }
  return { track: 'stable', release: stable };
}

/** By cohort and clock alone. A clock that is behind the start means stable: skew delays an instance, it breaks nothing. */
export function chooses(candidate: ReleaseCandidate, instanceId: string, now: number): Track {
  return cohortOf(candidate.salt, instanceId) * 100 < percentAt(candidate, now) ? 'candidate' : 'stable';
}

/** The share of instances, in percent, that takes the candidate at `now` (epoch ms); 0 before the start and when halted. */
export function percentAt({ startedAt, steps, halted }: ReleaseCandidate, now: number): number {
  return halted ? 0 : percentAfter(steps, now - epochMsOf(startedAt));
}

/** Epoch ms of the first step of the rollout that the instance is in; undefined when halted. */
export function turnAt(
  { salt, steps, startedAt, halted }: ReleaseCandidate,
  instanceId: string,
): number | undefined {
  const place = cohortOf(salt, instanceId) * 100;
  const step = halted ? undefined : steps.find(({ percent }) => place < percent);
  return step && epochMsOf(startedAt) + step.afterMs;
}

/**
 * The place of an instance in a rollout: uniform in [0, 1), the same for ever. Whoever is in at 10% is in at 50%, for
 * the place stays and the limit grows.
 */
export function cohortOf(salt: string, instanceId: string): number {
  // 48 bits: exact in a double, and far finer than any fleet.
  return createHash('sha256').update(`${salt}\n${instanceId}`).digest().readUIntBE(0, 6) / 2 ** 48;
}

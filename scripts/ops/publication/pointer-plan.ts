import { isoTime } from '#kit/iso-time.ts';
import { follow, settle, type Move, type Pointer, type Release, type RolloutStep } from '#config-service';
import { haveSameContent } from './release-draft.ts';

/** What publishing a release does to a region's pointer. */
export type PointerPlan =
  /** The region runs it already, or is on its way to. */
  | { readonly kind: 'stands'; readonly release: Release }
  | { readonly kind: 'moves'; readonly next: Pointer; readonly replaced?: Release };

export interface Publication {
  readonly region: string;
  readonly release: Release;
  /** Left out: everybody at once. */
  readonly rollout?: { readonly steps: readonly RolloutStep[]; readonly salt: string };
  /** Whether a release that stands already will do, content apart: it may lack the signature that is asked for. */
  readonly isGood: (standing: Release) => boolean;
  /** Who publishes, for the trail. */
  readonly by?: string;
}

/**
 * Decides from what the pointer says at `now` (epoch ms). A rollout that is under way for something else is ended: the
 * newer publication takes its place. A first publication has nothing to fall back to, so it has no rollout.
 */
export function planPointer(
  current: Pointer | undefined,
  publication: Publication,
  now: number,
): PointerPlan {
  const plan = planMove(current, publication, now);
  if (plan.kind === 'stands') return plan;
  const by = publication.by === undefined ? {} : { by: publication.by };
  const move: Move = { at: isoTime(now), isReturn: false, ...by };
  return { ...plan, next: follow(current, plan.next, move, now) };
}

function planMove(current: Pointer | undefined, publication: Publication, now: number): PointerPlan {
  const { region, release, rollout, isGood } = publication;
  if (current === undefined) return { kind: 'moves', next: { region, stable: release } };
  const wanted = (standing: Release): boolean => haveSameContent(standing, release) && isGood(standing);
  const settled = settle(current, now);
  const growing = growingCandidate(current, now);
  if (growing && rollout && wanted(growing)) return { kind: 'stands', release: growing };
  const replaced = growing === undefined || wanted(growing) ? {} : { replaced: growing };
  if (wanted(settled.stable)) {
    if (growing === undefined) return { kind: 'stands', release: settled.stable };
    return { kind: 'moves', next: settled, ...replaced };
  }
  // Ended early: the release keeps the name and record it has.
  const taken = growing && wanted(growing) ? growing : release;
  if (rollout === undefined) return { kind: 'moves', next: { region, stable: taken }, ...replaced };
  const startedAt = isoTime(now);
  const candidate = { release, salt: rollout.salt, startedAt, steps: rollout.steps };
  return { kind: 'moves', next: { ...settled, candidate }, ...replaced };
}

/** The release of a rollout that is neither halted nor complete. */
export function growingCandidate(pointer: Pointer, now: number): Release | undefined {
  const { candidate } = pointer;
  if (!candidate || candidate.halted) return undefined;
  return settle(pointer, now).stable === candidate.release ? undefined : candidate.release;
}

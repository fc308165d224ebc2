import type { Halt, ReleaseCandidate } from './candidate.ts';
import { epochMsOf } from '../kit/iso-time.ts';
import type { Release } from './manifest.ts';
import type { Pointer } from './pointer.ts';
import { boundedPast, contentId, type Fate, type PastRelease } from './trail.ts';

/** The next pointer, for whoever writes it with `If-Match` on the one before. */

/**
 * The pointer without its candidate, as things stand at `now` (epoch ms): a rollout that reached its last step has made
 * its release stable, one that did not, or was halted, has left no trace. Where every next publication begins.
 */
export function settle({ region, stable, candidate }: Pointer, now: number): Pointer {
  if (!candidate || candidate.halted) return { region, stable };
  return { region, stable: now >= completionOf(candidate) ? candidate.release : stable };
}

function completionOf({ startedAt, steps }: ReleaseCandidate): number {
  return epochMsOf(startedAt) + (steps.at(-1)?.afterMs ?? 0);
}

/** Who moves a pointer, when and why. */
export interface Move {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly by?: string;
  readonly reason?: string;
  /** Back to what ran before: what is left did not do. */
  readonly isReturn: boolean;
}

/** `next` with the trail of `held`, and in it what the move leaves behind. */
export function follow(held: Pointer | undefined, next: Pointer, move: Move, now: number): Pointer {
  if (held === undefined) return next;
  const { candidate } = held;
  const { stable } = settle(held, now);
  const growing =
    candidate && !candidate.halted && stable !== candidate.release ? candidate.release : undefined;
  const before = pastOf(held, now);
  const target = before.findIndex(({ release }) => release === next.stable.id);
  // From a release that was rolled back from, a return leads forth again: then nothing is wrong with what is left.
  const isReturn = move.isReturn && (before[target]?.fate ?? 'replaced') === 'replaced';
  const left = [
    ...(growing ? [entryOf(growing, isReturn ? 'rolled-back' : 'ended', move)] : []),
    entryOf(stable, isReturn ? 'rolled-back' : 'replaced', move),
  ];
  // Whoever goes back over several wants none of them.
  const passed = before.map((entry, index) =>
    isReturn && index < target && entry.fate === 'replaced'
      ? { ...entry, ...fateOf('rolled-back', move) }
      : entry,
  );
  const running = new Set([next.stable.id, next.candidate?.release.id]);
  const past = boundedPast([...left, ...passed].filter(({ release }) => !running.has(release)));
  return past.length === 0 ? next : { ...next, trail: { past } };
}

/** What ran before what runs at `now`, newest first: the trail, and what a rollout that is over adds to it. */
export function pastOf({ stable, candidate, trail }: Pointer, now: number): readonly PastRelease[] {
  const past = trail?.past ?? [];
  if (!candidate) return past;
  if (candidate.halted) {
    return boundedPast([
      entryOf(candidate.release, 'halted', { ...candidate.halted, isReturn: false }),
      ...past,
    ]);
  }
  const completion = completionOf(candidate);
  if (now < completion) return past;
  return boundedPast([entryOf(stable, 'replaced', { at: candidate.startedAt, isReturn: false }), ...past]);
}

function entryOf(release: Release, fate: Fate, move: Move): PastRelease {
  return { release: release.id, content: contentId(release), ...fateOf(fate, move) };
}

/** A reason is for what went wrong: the message of the next release says nothing of the one before. */
function fateOf(fate: Fate, { at, by, reason }: Move): Omit<PastRelease, 'release' | 'content'> {
  return {
    fate,
    at,
    ...(reason === undefined || fate === 'replaced' ? {} : { reason }),
    ...(by === undefined ? {} : { by }),
  };
}

/** All instances go back to the stable release. Undefined when nothing is being rolled out, or it is halted already. */
export function haltRollout(pointer: Pointer, halted: Halt): Pointer | undefined {
  const { candidate } = pointer;
  if (!candidate || candidate.halted) return undefined;
  return { ...pointer, candidate: { ...candidate, halted } };
}

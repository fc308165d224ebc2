import { contentId, pastOf, settle, type PastRelease, type Release } from '#config-service';
import { oneLine } from '#agent/console/terminal.ts';
import { LandfallError } from '#kit/errors.ts';
import { addressOf, type HeldPointer, type ReleaseSite } from '../site/release-site.ts';
import { growingCandidate } from './pointer-plan.ts';

/**
 * A pipeline that is run again brings the same content: what an operator stopped must not come back by that.
 * @throws LandfallError `LF_RELEASE_HALTED` that says who stopped it, when and why.
 */
export function refuseResumed(
  site: ReleaseSite,
  held: HeldPointer | undefined,
  release: Release,
  now: number,
): void {
  if (held === undefined) return;
  const content = contentId(release);
  const bare = contentId({ layers: release.layers });
  const stopped = pastOf(held.pointer, now).find(
    (past) => isStopped(past) && (past.content === content || past.content === bare),
  );
  if (stopped === undefined || growingCandidate(held.pointer, now)?.id === stopped.release) return;
  throw new LandfallError({
    code: 'LF_RELEASE_HALTED',
    operation: 'publish to',
    subject: addressOf(site, 'current.json'),
    cause: `the same content was ${describePast(stopped)}`,
    hint: 'Publish what mends it; or say --resume when it is to run all the same. Nothing was moved.',
  });
}

function isStopped({ fate }: PastRelease): boolean {
  return fate === 'halted' || fate === 'rolled-back';
}

/** `halted at 2026-11-29T17:22:31Z by ann: errors at login`. */
export function describePast({ fate, at, by, reason }: PastRelease): string {
  const what = fate === 'rolled-back' ? 'rolled back from' : fate;
  const time = `${at.slice(0, 19)}Z`;
  return `${what} at ${time}${by === undefined ? '' : ` by ${oneLine(by)}`}${reason === undefined ? '' : `: ${oneLine(reason)}`}`;
}

/** @throws LandfallError `LF_PUBLISH_CONFLICT` when the region runs something else than whoever publishes knows of. */
export function refuseUnexpected(
  site: ReleaseSite,
  held: HeldPointer | undefined,
  expected: string,
  now: number,
): void {
  const stands = held && (growingCandidate(held.pointer, now) ?? settle(held.pointer, now).stable).id;
  if ((stands ?? 'none') === expected) return;
  throw new LandfallError({
    code: 'LF_PUBLISH_CONFLICT',
    operation: 'move',
    subject: addressOf(site, 'current.json'),
    cause: `${site.region} runs ${stands ?? 'no release'}, and ${expected} is expected`,
    hint: 'Make the change from what runs now, and publish that; or leave --expect out. Nothing was moved.',
  });
}

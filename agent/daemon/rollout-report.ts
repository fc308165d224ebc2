import { percentAt, type Chosen, type Document, type RefusedCandidate } from '#config-service';
import { isoTime } from './status.ts';

/** For `status`: which release of the pointer this instance follows, how far the rollout is, and what was tried in vain. */
export function rolloutDocument(
  chosen: Chosen | undefined,
  refused: readonly RefusedCandidate[],
  now: number,
): Document {
  const candidate = chosen?.pointer.candidate;
  return {
    track: chosen?.track ?? null,
    stable: chosen?.pointer.stable.id ?? null,
    candidate: candidate
      ? {
          release: candidate.release.id,
          percent: percentAt(candidate, now),
          startedAt: candidate.startedAt,
          halted: candidate.halted ?? null,
        }
      : null,
    refused: refused.map(({ release, code, at }) => ({ release, code, at: isoTime(at) })),
  };
}

import type { Halt } from './candidate.ts';
import { epochMsOf } from './iso-time.ts';
import type { Pointer } from './pointer.ts';

/** The next pointer, for whoever writes it with `If-Match` on the one before. */

/**
 * The pointer without its candidate, as things stand at `now` (epoch ms): a rollout that reached its last step has made
 * its release stable, one that did not, or was halted, has left no trace. Where every next publication begins.
 */
export function settle({ region, stable, candidate }: Pointer, now: number): Pointer {
  if (!candidate || candidate.halted) return { region, stable };
  const lastStepAt = epochMsOf(candidate.startedAt) + (candidate.steps.at(-1)?.afterMs ?? 0);
  return { region, stable: now >= lastStepAt ? candidate.release : stable };
}

/** All instances go back to the stable release. Undefined when nothing is being rolled out, or it is halted already. */
export function haltRollout(pointer: Pointer, halted: Halt): Pointer | undefined {
  const { candidate } = pointer;
  if (!candidate || candidate.halted) return undefined;
  return { ...pointer, candidate: { ...candidate, halted } };
}

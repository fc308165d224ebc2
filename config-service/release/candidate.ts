import { isRecord } from '../kit/is-record.ts';
import { isIsoTime } from '../kit/iso-time.ts';
import { canonicalRelease, parseRelease, type Release } from './manifest.ts';
import type { ProblemList } from './problem-list.ts';
import { parseSteps, type RolloutStep } from './rollout.ts';

/** A release on its way to becoming stable: more and more instances take it, each deciding for itself (`cohort.ts`). */
export interface ReleaseCandidate {
  readonly release: Release;
  /** What cohorts are drawn with: a new one for each rollout, so that not always the same instances go first. */
  readonly salt: string;
  /** ISO 8601, UTC: when the first step begins. */
  readonly startedAt: string;
  readonly steps: readonly RolloutStep[];
  /** Stops the rollout: every instance goes back to the stable release at its next poll. */
  readonly halted?: Halt;
}

export interface Halt {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly reason: string;
  /** Who says that he did it. */
  readonly by?: string;
}

/** Reads the `candidate` of a pointer; undefined when it cannot be used. Every problem lands in `problems`. */
export function parseCandidate(value: unknown, problems: ProblemList): ReleaseCandidate | undefined {
  if (!isRecord(value)) {
    problems.add('candidate', 'is not an object');
    return undefined;
  }
  const { salt, startedAt } = value;
  const release = parseRelease(value['release'], 'candidate.release', problems);
  const steps = parseSteps(value['steps'], 'candidate.steps', problems);
  const halted = parseHalt(value['halted'], problems);
  const salted = typeof salt === 'string' && salt !== '' && salt.length <= 256;
  if (!salted) problems.add('candidate.salt', 'is missing or not a short string');
  const timed = typeof startedAt === 'string' && isIsoTime(startedAt);
  if (!timed) problems.add('candidate.startedAt', 'is no ISO 8601 time in UTC');
  if (!release || !salted || !timed) return undefined;
  return { release, salt, startedAt, steps, ...(halted ? { halted } : {}) };
}

/** With fields in a fixed order, for `printPointer`. */
export function canonicalCandidate({ release, salt, startedAt, steps, halted }: ReleaseCandidate): object {
  return {
    release: canonicalRelease(release),
    salt,
    startedAt,
    steps: steps.map(({ percent, afterMs }) => ({ percent, afterMs })),
    ...(halted ? { halted: canonicalHalt(halted) } : {}),
  };
}

function canonicalHalt({ at, reason, by }: Halt): object {
  return { at, reason, ...(by === undefined ? {} : { by }) };
}

function parseHalt(value: unknown, problems: ProblemList): Halt | undefined {
  if (value === undefined) return undefined;
  const { at, reason, by } = isRecord(value) ? value : {};
  if (typeof at === 'string' && isIsoTime(at) && typeof reason === 'string')
    return { at, reason, ...(typeof by === 'string' ? { by } : {}) };
  problems.add('candidate.halted', 'lacks the time "at" or the text "reason"');
  return undefined;
}

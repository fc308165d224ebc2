import { isRecord } from '../kit/is-record.ts';
import { parseDuration } from '../kit/duration.ts';
import { fail, ok, type Outcome } from '../kit/outcome.ts';
import type { ProblemList } from './problem-list.ts';

/** From `afterMs` after the start on, this share of the instances takes the candidate. */
export interface RolloutStep {
  /** Above 0, at most 100; may have a fraction. */
  readonly percent: number;
  readonly afterMs: number;
}

const MAX_STEPS = 20;
/** Nobody remembers what an older rollout was for. */
const MAX_SPAN_MS = 90 * 86_400_000;

/**
 * Reads `10%:10m,50%:10m,100%`: ten minutes at 10%, ten at 50%, then everybody. Every step but the last says how long it
 * lasts, shares rise, and the last is 100%. `LF_USAGE` says which rule is broken.
 */
export function parseRollout(text: string): Outcome<readonly RolloutStep[]> {
  const steps: RolloutStep[] = [];
  const parts = text.split(',').map((part) => part.trim());
  let afterMs = 0;
  for (const [index, part] of parts.entries()) {
    const [, percent, duration] = /^(\d+(?:\.\d+)?)%(?::(.+))?$/.exec(part) ?? [];
    if (percent === undefined) return invalid(text, `${JSON.stringify(part)} is no step`);
    steps.push({ percent: Number(percent), afterMs });
    const last = index === parts.length - 1;
    if (last && duration !== undefined) return invalid(text, `the last step, ${part}, has no end`);
    if (last) break;
    if (duration !== undefined && /^[\d.\s]+$/.test(duration))
      return invalid(text, `${part} has no unit (${duration}s, ${duration}m or ${duration}h)`);
    const lastsMs = duration === undefined ? undefined : parseDuration(duration);
    if (lastsMs === undefined) return invalid(text, `${part} does not say how long it lasts`);
    afterMs += Math.round(lastsMs);
  }
  const problem = stepsProblem(steps);
  return problem === undefined ? ok(steps) : invalid(text, problem);
}

/** The share of instances, in percent, that takes the candidate `elapsedMs` after the start; 0 before it. */
export function percentAfter(steps: readonly RolloutStep[], elapsedMs: number): number {
  return steps.findLast(({ afterMs }) => afterMs <= elapsedMs)?.percent ?? 0;
}

/** Reads the steps of a pointer: the same rules as for the command line. */
export function parseSteps(value: unknown, place: string, problems: ProblemList): readonly RolloutStep[] {
  if (!Array.isArray(value)) {
    problems.add(place, 'is missing or not a list');
    return [];
  }
  const steps = value.flatMap((step: unknown): RolloutStep[] => {
    const { percent, afterMs } = isRecord(step) ? step : {};
    return typeof percent === 'number' && typeof afterMs === 'number' ? [{ percent, afterMs }] : [];
  });
  const problem =
    steps.length === value.length ? stepsProblem(steps) : 'a step lacks the number "percent" or "afterMs"';
  if (problem !== undefined) problems.add(place, `cannot be followed: ${problem}`);
  return steps;
}

function stepsProblem(steps: readonly RolloutStep[]): string | undefined {
  if (steps.length > MAX_STEPS) return `more than ${MAX_STEPS} steps`;
  if (steps.some(({ percent }) => !(percent > 0 && percent <= 100)))
    return 'a share is not within 0% to 100%';
  if (!rising(steps.map(({ percent }) => percent))) return 'the shares do not rise';
  if (steps.at(-1)?.percent !== 100) return 'the last step is not 100%';
  const times = steps.map(({ afterMs }) => afterMs);
  if (times[0] !== 0 || !times.every(Number.isSafeInteger) || !rising(times))
    return 'the times do not rise from 0';
  return (times.at(-1) ?? 0) > MAX_SPAN_MS ? 'it takes more than 90 days' : undefined;
}

function rising(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0));
}

function invalid(text: string, cause: string): Outcome<never> {
  return fail({
    code: 'LF_USAGE',
    operation: 'read',
    subject: `the rollout ${JSON.stringify(text)}`,
    cause,
    hint: 'Write shares that rise to 100%, each but the last with its duration: 10%:10m,50%:10m,100%.',
  });
}

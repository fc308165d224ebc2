import { describe, expect, it } from 'vitest';
import type { Pointer, Release } from '#config-service';
import { planPointer, type PointerPlan } from '#scripts/ops/publication/pointer-plan.ts';
import { candidateOf, releaseOf } from '../support/release-fixture.ts';

const OLD = releaseOf('r1', { base: { a: '1' } });
const NEW = releaseOf('r2', { base: { a: '2' } });
const OTHER = releaseOf('r3', { base: { a: '3' } });
const STEPS = [
  { percent: 10, afterMs: 0 },
  { percent: 100, afterMs: 60_000 },
];
/** Of `candidateOf`. */
const START = Date.UTC(2026, 10, 21, 4);

function rollingOut(release: Release, halted = false): Pointer {
  const candidate = { ...candidateOf(release.id, STEPS), release };
  const halt = halted ? { halted: { at: '2026-11-21T04:00:10Z', reason: 'errors' } } : {};
  return { region: 'eu-west-1', stable: OLD, candidate: { ...candidate, ...halt } };
}

function plan(current: Pointer | undefined, release: Release, staged: boolean, afterMs = 1000): PointerPlan {
  const rollout = staged ? { rollout: { steps: STEPS, salt: 's' } } : {};
  return planPointer(
    current,
    { region: 'eu-west-1', release, isGood: () => true, ...rollout },
    START + afterMs,
  );
}

/** `stands r1`, `stable r2`, `r1 + r2`, with what is replaced. */
function told(result: PointerPlan): string {
  if (result.kind === 'stands') return `stands ${result.release.id}`;
  const { stable, candidate } = result.next;
  const next = candidate ? `${stable.id} + ${candidate.release.id}` : `stable ${stable.id}`;
  return result.replaced ? `${next}, not ${result.replaced.id}` : next;
}

describe('what publishing does to a pointer', () => {
  const RUNS_OLD: Pointer = { region: 'eu-west-1', stable: OLD };
  it.each([
    ['nothing there', undefined, NEW, false, 'stable r2'],
    ['nothing there, nothing to fall back to', undefined, NEW, true, 'stable r2'],
    ['another release', RUNS_OLD, NEW, false, 'stable r2'],
    ['another release', RUNS_OLD, NEW, true, 'r1 + r2'],
    ['the same content', RUNS_OLD, { ...OLD, id: 'r9' }, false, 'stands r1'],
    ['the same content', RUNS_OLD, { ...OLD, id: 'r9' }, true, 'stands r1'],
    ['a rollout of the same', rollingOut(NEW), { ...NEW, id: 'r9' }, true, 'stands r2'],
    ['a rollout of the same, now for all', rollingOut(NEW), { ...NEW, id: 'r9' }, false, 'stable r2'],
    ['a rollout of another', rollingOut(OTHER), NEW, true, 'r1 + r2, not r3'],
    ['a rollout of another', rollingOut(OTHER), NEW, false, 'stable r2, not r3'],
    ['a rollout away from it', rollingOut(OTHER), OLD, false, 'stable r1, not r3'],
    ['a rollout that was halted', rollingOut(NEW, true), NEW, true, 'r1 + r2'],
    ['a rollout that was halted', rollingOut(OTHER, true), NEW, false, 'stable r2'],
  ])('%s', (_, current, release, staged, expected) => {
    expect(told(plan(current, release, staged))).toBe(expected);
  });

  it('builds on a rollout that has reached everybody', () => {
    expect(told(plan(rollingOut(OTHER), NEW, true, 60_000))).toBe('r3 + r2');
    expect(told(plan(rollingOut(OTHER), OTHER, true, 60_000))).toBe('stands r3');
  });

  it('does not leave standing what lacks the signature asked for', () => {
    const unsigned = planPointer(
      RUNS_OLD,
      { region: 'eu-west-1', release: { ...OLD, id: 'r9' }, isGood: () => false },
      START,
    );
    expect(told(unsigned)).toBe('stable r9');
  });
});

import type { Bar, Finding } from './bench-row.ts';

/** Capitals for the one that must not be overlooked. */
export type Verdict = 'pass' | 'MISS' | 'skipped';

export function verdictOf(finding: Finding): Verdict {
  if ('skipped' in finding) return 'skipped';
  return holds(finding.bar, finding.value) ? 'pass' : 'MISS';
}

/** A bar that is just reached holds. NaN, as of an empty measurement, never does. */
function holds(bar: Bar, value: number): boolean {
  return 'atLeast' in bar ? value >= bar.atLeast : value <= bar.atMost;
}

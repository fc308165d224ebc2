import { exitCodeOf, type Fault } from '#kit/errors.ts';
import { retry, type Outcome } from '#kit/outcome.ts';

/** docs/operating.md, exit codes: it was this host that failed, not the configuration; or what it names is not uploaded yet. */
const APPLY_FAILED = 7;

export function isApplyFailure({ code }: Fault): boolean {
  return exitCodeOf(code) === APPLY_FAILED || code === 'LF_OBJECT_MISSING';
}

/**
 * While nothing is in effect, what this host failed with is tried again like what passes: nothing good is at risk, and a
 * mirror or a database that was away for a minute must not leave an instance that only a person can help.
 */
export function triedAgain<T>(
  outcome: Outcome<T>,
  configurator: { reconsider(why: 'failed'): void },
): Outcome<T> {
  if (outcome.kind !== 'fail' || !isApplyFailure(outcome.fault)) return outcome;
  configurator.reconsider('failed');
  return retry(outcome.fault);
}

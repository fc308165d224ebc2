import { describeFault } from '#kit/errors.ts';
import type { Logger } from '#kit/logger.ts';
import { keyOf, type SecretReport } from './secret-shelf.ts';

/** Says once when trouble with a secret begins, and once when it ends. */
export function createTroubleLog(logger: Logger): (reports: readonly SecretReport[]) => void {
  const troubled = new Set<string>();
  return (reports) => {
    for (const report of reports) {
      const { state, fault } = report;
      const secret = keyOf(report);
      if (!fault) {
        if (troubled.delete(secret)) logger.info('a secret is read again', { secret });
      } else if (!troubled.has(secret)) {
        troubled.add(secret);
        const consequence = state === 'stale' ? ', the last one stays in use' : '';
        const { code } = fault;
        logger.warn(`a secret cannot be read${consequence}`, { secret, code, error: describeFault(fault) });
      }
    }
  };
}

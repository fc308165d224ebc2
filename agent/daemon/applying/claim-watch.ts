import type { EventLog } from '#config-service';
import type { Clock } from '#kit/clock.ts';
import type { Closable } from '#kit/lifecycle.ts';
import type { Logger } from '#kit/logger.ts';
import { CLAIM_LEASE_MS } from '../../claims/base/claim-lease.ts';
import type { Claims } from '../../claims/claims.ts';
import { faultFields } from '../runtime/fault-fields.ts';

export interface ClaimWatchParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  /** Undefined as long as nothing was ever claimed. */
  readonly claims: () => Claims | undefined;
}

/** Looks at what was claimed three times a lease: an address can be taken from outside, and nobody tells the instance. */
export function watchClaims({ clock, logger, events, claims }: ClaimWatchParts): Closable {
  const closing = new AbortController();
  const { signal } = closing;
  const watch = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(CLAIM_LEASE_MS / 3, signal);
      const verified = await claims()?.verify(signal);
      if (verified?.kind === 'ok' && verified.value.length > 0) {
        events.record('applied', { changes: verified.value });
        logger.warn('claims have changed', { changes: verified.value });
      } else if (verified && verified.kind !== 'ok') {
        logger.warn('claims could not be verified', faultFields(verified.fault));
      }
    }
  };
  const watching = watch().catch((error: unknown) => {
    if (!signal.aborted) logger.error('claims are no longer watched', { error: String(error) });
  });
  return {
    name: 'claim watch',
    close: async () => {
      closing.abort();
      await watching;
    },
  };
}

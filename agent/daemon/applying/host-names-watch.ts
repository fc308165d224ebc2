import type { EventLog } from '#config-service';
import type { Clock } from '#kit/clock.ts';
import type { Closable } from '#kit/lifecycle.ts';
import type { Logger } from '#kit/logger.ts';
import type { HostNames } from '../../apply/steps/host-names-step.ts';
import { faultFields } from '../runtime/fault-fields.ts';

export interface HostNamesWatchParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  /** Undefined as long as no plan asked for anything. */
  readonly hostNames: () => HostNames | undefined;
}

/** How long a new expiry may go unnoticed; no file is read before a line's time has come. */
const LOOK_MS = 10_000;

/** Takes lines out of the file of host names when their time is over, whatever the source says meanwhile. */
export function watchHostNames({ clock, logger, events, hostNames }: HostNamesWatchParts): Closable {
  const closing = new AbortController();
  const { signal } = closing;
  const watch = async (): Promise<void> => {
    for (;;) {
      const next = hostNames()?.nextExpiry() ?? Infinity;
      await clock.sleep(Math.min(Math.max(next - clock.now(), 0), LOOK_MS), signal);
      if ((hostNames()?.nextExpiry() ?? Infinity) > clock.now()) continue;
      const gone = await hostNames()?.expire();
      if (gone?.kind === 'ok') {
        logger.info('host names have expired', { names: gone.value.map(({ entry }) => entry) });
        events.record('applied', { changes: gone.value });
      } else if (gone) {
        logger.warn('host names that have expired are still there', faultFields(gone.fault));
        await clock.sleep(LOOK_MS, signal);
      }
    }
  };
  const watching = watch().catch((error: unknown) => {
    if (!signal.aborted) logger.error('host names are no longer watched', { error: String(error) });
  });
  return {
    name: 'host names',
    close: async () => {
      closing.abort();
      await watching;
    },
  };
}

import type { Clock } from '#kit/clock.ts';
import { formatDuration } from '#kit/duration.ts';
import type { Fault } from '#kit/errors.ts';
import type { Logger } from '#kit/logger.ts';
import { faultFields } from './fault-fields.ts';

/** Until the first repetition; each pause is twice the one before. */
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 3_600_000;

/** A failure that lasts, told when it begins or becomes another one, and then at a growing pace. */
export class RepeatedWarning {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #logger: Logger;
  #lasting: { readonly key: string; readonly since: number; nextAt: number; pauseMs: number } | undefined;

  constructor({ clock, logger }: { readonly clock: Pick<Clock, 'monotonic'>; readonly logger: Logger }) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** @param message the state that the failure means, such as `not ready`: another state is another line. */
  tell(message: string, fault: Fault): void {
    const now = this.#clock.monotonic();
    const key = `${message} ${fault.code}`;
    const lasting = this.#lasting;
    if (lasting?.key !== key) {
      this.#lasting = { key, since: now, nextAt: now + FIRST_PAUSE_MS, pauseMs: FIRST_PAUSE_MS };
      this.#logger.warn(message, faultFields(fault));
      return;
    }
    if (now < lasting.nextAt) return;
    lasting.pauseMs = Math.min(lasting.pauseMs * 2, LONGEST_PAUSE_MS);
    lasting.nextAt = now + lasting.pauseMs;
    this.#logger.warn(message, { ...faultFields(fault), for: formatDuration(now - lasting.since) });
  }

  /** It is over: the next one is told at once. */
  end(): void {
    this.#lasting = undefined;
  }
}

import type { EventLog } from '#config-service';
import type { Clock } from '#kit/clock.ts';
import type { Logger } from '#kit/logger.ts';
import type { Outcome } from '#kit/outcome.ts';
import { afterFailure, afterSuccess, UNCHECKED, type CheckState } from './check-state.ts';
import { faultFields } from '../runtime/fault-fields.ts';
import { RepeatedWarning } from '../runtime/repeated-warning.ts';

export interface CheckJournalOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
}

/** Keeps how the checks of the source went, and says it when that changes: a failure that lasts is told once, and while
 * nothing is in effect at a growing pace. */
export class CheckHistory {
  readonly #options: CheckJournalOptions;
  readonly #unready: RepeatedWarning;
  #state: CheckState = UNCHECKED;

  constructor(options: CheckJournalOptions) {
    this.#options = options;
    this.#unready = new RepeatedWarning(options);
  }

  get state(): CheckState {
    return this.#state;
  }

  /** @param serving whether a generation is active, so that a failure changes nothing but the age. */
  note(outcome: Outcome<unknown>, serving: boolean): void {
    const { clock, events, logger } = this.#options;
    const before = this.#state.failure;
    if (outcome.kind === 'ok') {
      this.#state = afterSuccess(this.#state, clock.now());
      this.#unready.end();
      if (before) {
        events.record('source', { state: 'fresh' });
        logger.info('the source can be followed again');
      }
      return;
    }
    const { fault } = outcome;
    this.#state = afterFailure(this.#state, fault);
    // Somebody waits for a boot, and has to see that it is still waited for.
    if (!serving) this.#unready.tell('not ready', fault);
    if (before?.code === fault.code) return;
    events.record('source', { state: 'stale', code: fault.code });
    if (serving)
      logger.warn('the source cannot be followed, the last good generation stays', faultFields(fault));
  }

  /** What is served comes from the disk now. @param savedAt epoch ms of the check that brought it. */
  servedFromLastGood(savedAt: number): void {
    this.#state = { ...this.#state, checkedAt: savedAt, servedFrom: 'last-good' };
  }
}

import type { Clock, Random } from '#kit/clock.ts';
import { backoffDelay, type Backoff } from '#kit/retry.ts';

/** Full jitter up to a minute (facts: throttling is per account and region). */
export const RETRY: Backoff = { baseMs: 200, capMs: 60_000 };

/** What needs somebody's hand is looked at this often. */
export const SLOW_RETRY: Backoff = { baseMs: 5_000, capMs: 60_000 };

/** More are no longer told apart: the cap is reached at 9. */
const MOST_STEPS = 10;

/**
 * The pace of all calls to one account: throttling is of the account, so one stream that hears of it slows all of them down,
 * and each waits a random part of the same growing time. What AWS takes again eases it step by step.
 */
export class AccountThrottle {
  readonly #clock: Clock;
  readonly #random: Random;
  #steps = 0;
  /** One wave of refusals, heard by a hundred streams at once, is one step. */
  #raiseAt = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  get throttled(): boolean {
    return this.#steps > 0;
  }

  /** Before each call. Rejects with the signal's reason. */
  async wait(signal: AbortSignal): Promise<void> {
    if (this.#steps === 0) return;
    await this.#clock.sleep(backoffDelay(RETRY, this.#steps - 1, this.#random), signal);
  }

  onThrottled(): void {
    const now = this.#clock.monotonic();
    if (this.#steps > 0 && now < this.#raiseAt) return;
    this.#raiseAt = now + Math.min(RETRY.capMs, RETRY.baseMs * 2 ** this.#steps) / 2;
    this.#steps = Math.min(MOST_STEPS, this.#steps + 1);
  }

  onSuccess(): void {
    this.#steps = Math.max(0, this.#steps - 1);
  }
}

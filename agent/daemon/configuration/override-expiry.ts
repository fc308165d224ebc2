import type { Clock } from '#kit/clock.ts';
import type { Closable } from '#kit/lifecycle.ts';
import type { OverrideSet } from '../runtime/override-set.ts';

/** Timers of Node overflow after 24.8 days; an override may hold 30. */
const LONGEST_SLEEP_MS = 24 * 3_600_000;

/** Calls `onExpiry` with the keys of the overrides that ended. `arm` again after each change of the set. */
export class OverrideExpiry implements Closable {
  readonly name = 'override expiry';
  readonly #clock: Clock;
  readonly #overrides: OverrideSet;
  readonly #onExpiry: (keys: readonly string[]) => void;
  #armed: AbortController | undefined;

  constructor(clock: Clock, overrides: OverrideSet, onExpiry: (keys: readonly string[]) => void) {
    this.#clock = clock;
    this.#overrides = overrides;
    this.#onExpiry = onExpiry;
  }

  arm(): void {
    this.#armed?.abort();
    const armed = new AbortController();
    this.#armed = armed;
    void this.#watch(armed.signal);
  }

  async close(): Promise<void> {
    this.#armed?.abort();
  }

  async #watch(signal: AbortSignal): Promise<void> {
    for (let next = this.#overrides.nextExpiry; next !== undefined; next = this.#overrides.nextExpiry) {
      const rest = Math.min(Math.max(next - this.#clock.now(), 0), LONGEST_SLEEP_MS);
      await this.#clock.sleep(rest, signal).catch(() => {});
      if (signal.aborted) return;
      const expired = this.#overrides.dropExpired();
      if (expired.length > 0) this.#onExpiry(expired);
    }
  }
}

import type { Clock } from '#kit/clock.ts';

/** Longer than anybody sleeps here, and a whole number of intervals: a period of the fleet. */
export const PERIOD_MS = 60_000;

/**
 * Time that goes from one sleeper to the next. A sleep ends in the millisecond in which it falls due; nobody here ends one before.
 * Sleepers lie by that millisecond in a ring of one period, so that time can leap over whole periods and find them as they lay.
 */
export class SimulatedTime implements Clock {
  readonly #ring: (() => void)[][] = Array.from({ length: PERIOD_MS }, () => []);
  #now: number;

  constructor(startMs: number) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  sleep(ms: number): Promise<void> {
    if (ms >= PERIOD_MS) throw new Error(`nobody sleeps for ${ms} ms here`);
    return new Promise((resolve) => {
      // Now is over for who sleeps now.
      const at = Math.max(Math.ceil(this.#now + ms), this.#now + 1);
      this.#ring[at % PERIOD_MS]?.push(resolve);
    });
  }

  /** Until `endMs`, excluded. */
  async run(endMs: number): Promise<void> {
    for (; this.#now < endMs; this.#now += 1) {
      const bucket = this.#ring[this.#now % PERIOD_MS];
      if (!bucket || bucket.length === 0) continue;
      this.#ring[this.#now % PERIOD_MS] = [];
      for (const wake of bucket) wake();
      // All that follows from waking up without sleeping again.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  leap(periods: number): void {
    this.#now += periods * PERIOD_MS;
  }
}

import type { Clock } from '#kit/clock.ts';

/** A whole number of intervals: a period of the fleet. */
export const PERIOD_MS = 60_000;
/** Longer than anybody sleeps here. */
const RING_MS = 4 * PERIOD_MS;

/**
 * Time that goes from one sleeper to the next. A sleep ends in the millisecond in which it falls due; nobody here ends one before.
 * Sleepers lie by that millisecond in a ring, which turns with time when it leaps over whole periods: they are found as they lay.
 */
export class SimulatedTime implements Clock {
  readonly #ring: (() => void)[][] = Array.from({ length: RING_MS }, () => []);
  #now: number;
  #leaptMs = 0;

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
    if (ms >= RING_MS) throw new Error(`nobody sleeps for ${ms} ms here`);
    return new Promise((resolve) => {
      // Now is over for who sleeps now.
      const at = Math.max(Math.ceil(this.#now + ms), this.#now + 1);
      this.#ring[this.#placeOf(at)]?.push(resolve);
    });
  }

  /** Until `endMs`, excluded. */
  async run(endMs: number): Promise<void> {
    for (; this.#now < endMs; this.#now += 1) {
      const place = this.#placeOf(this.#now);
      const bucket = this.#ring[place];
      if (!bucket || bucket.length === 0) continue;
      this.#ring[place] = [];
      for (const wake of bucket) wake();
      // All that follows from waking up without sleeping again.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  leap(periods: number): void {
    this.#now += periods * PERIOD_MS;
    this.#leaptMs += periods * PERIOD_MS;
  }

  #placeOf(at: number): number {
    return (at - this.#leaptMs) % RING_MS;
  }
}

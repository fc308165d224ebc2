/** CloudWatch bills a custom metric for each hour in which it has data. */
const IDLE_MS = 3_600_000;

/** Looking for idle ones costs time, and a flood of new names asks for it with every packet. */
const SWEEP_MS = 10_000;

/** Which series are in use, never more than `max`: each costs money every hour. */
export class SeriesBudget {
  readonly max: number;
  readonly #seen = new Map<string, number>();
  #sweptAt = -Infinity;
  /** Samples that were turned away. */
  overflow = 0;

  constructor(max: number) {
    this.max = max;
  }

  /** Whether a sample of this series may go on. */
  admit(key: string, now: number): boolean {
    if (!this.#seen.has(key) && this.#seen.size >= this.max) this.#sweep(now);
    if (!this.#seen.has(key) && this.#seen.size >= this.max) {
      this.overflow += 1;
      return false;
    }
    this.#seen.set(key, now);
    return true;
  }

  /** Series of the last hour. */
  active(now: number): number {
    let active = 0;
    for (const at of this.#seen.values()) if (now - at < IDLE_MS) active += 1;
    return active;
  }

  #sweep(now: number): void {
    if (Math.abs(now - this.#sweptAt) < SWEEP_MS) return;
    this.#sweptAt = now;
    for (const [key, at] of this.#seen) if (now - at >= IDLE_MS) this.#seen.delete(key);
  }
}

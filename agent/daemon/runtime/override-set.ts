import type { Clock } from '#kit/clock.ts';

/** One runtime override as it holds now. Times are epoch ms. */
export interface ActiveOverride {
  readonly key: string;
  readonly value: string;
  readonly reason: string;
  readonly setAt: number;
  readonly expiresAt: number;
}

/** The overrides of this instance: the strongest layer, each with an end. */
export class OverrideSet {
  readonly #clock: Clock;
  #overrides: readonly ActiveOverride[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Those that have not expired, sorted by key. */
  get active(): readonly ActiveOverride[] {
    const now = this.#clock.now();
    return this.#overrides.filter((override) => override.expiresAt > now);
  }

  /** Epoch ms of the next expiry; undefined when nothing expires. */
  get nextExpiry(): number | undefined {
    const ends = this.active.map((override) => override.expiresAt);
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  /** Replaces the whole set: what was read from disk, or the one before a refused change. */
  replace(overrides: readonly ActiveOverride[]): void {
    this.#overrides = overrides.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Lets go of those that have expired, and names their keys. */
  dropExpired(): readonly string[] {
    const active = this.active;
    const expired = this.#overrides.filter((override) => !active.includes(override)).map(({ key }) => key);
    this.#overrides = active;
    return expired;
  }

  with(override: ActiveOverride): readonly ActiveOverride[] {
    return [...this.without(override.key), override];
  }

  without(key: string): readonly ActiveOverride[] {
    return this.active.filter((override) => override.key !== key);
  }
}

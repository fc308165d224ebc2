import { randomBytes } from 'node:crypto';
import type { Clock } from '#kit/clock.ts';

const LONGEST_SECONDS = 21_600;
const MOST_TOKENS = 10_000;

/** The tokens of one instance's IMDSv2. Time is monotonic: a wall clock that jumps ends no session. */
export class SessionTokens {
  readonly #clock: Clock;
  readonly #ends = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `undefined` when the TTL header is missing or not a whole number of 1..21600 seconds. */
  issue(ttl: string | undefined): string | undefined {
    if (ttl === undefined || !/^\d{1,5}$/.test(ttl) || Number(ttl) < 1 || Number(ttl) > LONGEST_SECONDS)
      return undefined;
    const token = randomBytes(42).toString('base64url');
    this.#ends.set(token, this.#clock.monotonic() + Number(ttl) * 1000);
    const oldest = this.#ends.keys().next().value;
    if (this.#ends.size > MOST_TOKENS && oldest !== undefined) this.#ends.delete(oldest);
    return token;
  }

  holds(token: string): boolean {
    return (this.#ends.get(token) ?? Number.NEGATIVE_INFINITY) > this.#clock.monotonic();
  }

  /** As after a restart of the service: every token answers 401 from now on. */
  revokeAll(): void {
    this.#ends.clear();
  }
}

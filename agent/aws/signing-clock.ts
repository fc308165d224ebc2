import type { Clock } from '#kit/clock.ts';

/** What AWS takes for the time, as far as it has said so. */
export interface SigningClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A signature was refused, with this `Date` header. */
  hearRefusal(date: string | undefined): void;
}

/**
 * A signature is good for five minutes around the time of AWS (Signature Version 4, "Elements of a request"). Less than this is
 * no reason for a refusal, and the host's own clock the better one.
 */
const TOLERATED_MS = 60_000;

/**
 * The host's clock, corrected once AWS refuses what it signed: calls go on with a clock that is off (case 55). Every refusal sets
 * the correction anew, so that it goes when somebody sets the clock.
 */
export function createSigningClock(clock: Clock): SigningClock {
  let correction = 0;
  return {
    now: () => clock.now() + correction,
    hearRefusal: (date) => {
      const off = Date.parse(date ?? '') - clock.now();
      if (!Number.isNaN(off)) correction = Math.abs(off) < TOLERATED_MS ? 0 : off;
    },
  };
}

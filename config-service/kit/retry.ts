import type { Random } from './clock.ts';

/** Exponential growth, capped, with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"). */
export interface Backoff {
  /** Milliseconds before the first retry, before jitter. */
  readonly baseMs: number;
  /** Upper bound of the delay in milliseconds, before jitter. */
  readonly capMs: number;
}

/** Delay in milliseconds before retry number `attempt` (0 = first retry): uniform in [0, min(cap, base * 2^attempt)). */
export function backoffDelay(backoff: Backoff, attempt: number, random: Random): number {
  const ceiling = Math.min(backoff.capMs, backoff.baseMs * 2 ** Math.min(attempt, 30));
  return random() * ceiling;
}

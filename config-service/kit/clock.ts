import { setTimeout as delay } from 'node:timers/promises';

/**
 * Time as a dependency. Vitest's fake timers drive neither `node:timers/promises` nor `AbortSignal.timeout`,
 * so a test that wants to own time passes its own Clock.
 */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. May jump. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal ? { signal } : {});
  },
};

/** A number in [0, 1), passed in wherever a decision is random. */
export type Random = () => number;

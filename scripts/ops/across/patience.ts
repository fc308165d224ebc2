import type { Clock, Random } from '#kit/clock.ts';

/** Why a pause ended: go on, the command's time is up, or somebody wants it to stop. */
export type Pause = 'on' | 'late' | 'stopped';

/** How often a pending state is read again, how long the whole command may take, and whether it was told to stop. */
export interface Patience {
  readonly pollMs: number;
  readonly random: Random;
  /** Aborts when time is up or the command is stopped: for requests that only read. */
  readonly signal: AbortSignal;
  readonly state: () => Pause;
  /** Milliseconds until the command's time is up; never negative. */
  readonly remainingMs: () => number;
  /** Never longer than what remains. */
  readonly sleep: (ms: number) => Promise<Pause>;
}

export interface PatienceParts {
  readonly pollMs: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts on SIGINT and SIGTERM. */
  readonly stop: AbortSignal;
}

/** Its time runs from here on. `end` lets go of the timer. */
export function createPatience(parts: PatienceParts): Patience & { readonly end: () => void } {
  const { pollMs, timeoutMs, clock, random, stop } = parts;
  const until = clock.monotonic() + timeoutMs;
  const late = new AbortController();
  const ended = new AbortController();
  const signal = AbortSignal.any([stop, late.signal]);
  clock.sleep(timeoutMs, ended.signal).then(
    () => late.abort(),
    () => {},
  );
  const remainingMs = (): number => Math.max(0, until - clock.monotonic());
  const state = (): Pause => {
    if (stop.aborted) return 'stopped';
    return late.signal.aborted || remainingMs() === 0 ? 'late' : 'on';
  };
  return {
    pollMs,
    random,
    signal,
    state,
    remainingMs,
    sleep: async (ms) => {
      await clock.sleep(Math.min(ms, remainingMs()), signal).catch(() => {});
      return state();
    },
    end: () => ended.abort(),
  };
}

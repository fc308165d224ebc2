import type { Clock } from '#kit/clock.ts';

/** A time by which something must have ended; it can only come nearer. */
export interface Deadline {
  /** Aborts when time is up, or the parent does. */
  readonly signal: AbortSignal;
  leftMs(): number;
  /** To `ms` from now, when that is sooner. */
  shorten(ms: number): void;
  /** A part of the time that is left, `of` it; it shrinks with the whole. */
  share(of: (leftMs: number) => number): Deadline;
  /** Forgets the timer. */
  clear(): void;
}

/** What setTimeout can count to; beyond it fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export function createDeadline(clock: Clock, ms: number, parent?: AbortSignal): Deadline {
  const expired = new AbortController();
  const shares = new Set<() => void>();
  let end = clock.monotonic() + ms;
  let timer = new AbortController();
  const arm = (): void => {
    timer.abort();
    timer = new AbortController();
    const left = Math.min(Math.max(0, end - clock.monotonic()), MAX_TIMER_MS);
    clock.sleep(left, timer.signal).then(
      () => expired.abort(),
      () => {},
    );
  };
  arm();
  const leftMs = (): number => Math.max(0, end - clock.monotonic());
  const signal = parent ? AbortSignal.any([expired.signal, parent]) : expired.signal;
  return {
    signal,
    leftMs,
    share(of) {
      const part = createDeadline(clock, of(leftMs()), signal);
      const shrink = (): void => part.shorten(of(leftMs()));
      shares.add(shrink);
      const clear = (): void => {
        shares.delete(shrink);
        part.clear();
      };
      return { ...part, clear };
    },
    shorten(toMs) {
      const sooner = clock.monotonic() + toMs;
      if (sooner >= end) return;
      end = sooner;
      arm();
      for (const shrink of shares) shrink();
    },
    clear: () => timer.abort(),
  };
}

/** Waits for `work`, and no longer than the signal allows; `late` then, and the work goes on unattended. */
export async function orLate<T>(work: Promise<T>, signal: AbortSignal): Promise<T | 'late'> {
  const over = new AbortController();
  const late = new Promise<'late'>((resolve) => {
    if (signal.aborted) resolve('late');
    signal.addEventListener('abort', () => resolve('late'), { once: true, signal: over.signal });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
    work.catch(() => {});
  }
}

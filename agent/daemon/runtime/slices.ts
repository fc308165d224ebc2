import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '#kit/clock.ts';
import type { Steps } from '#kit/steps.ts';

/** So long others wait at most, but for a step that takes longer: with 10,000 keys none takes twice that. */
const SLICE_MS = 8;

export interface SliceOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly signal: AbortSignal;
  /** Lets others have their turn; that of Node's loop when left out. */
  readonly breathe?: () => Promise<unknown>;
}

/**
 * Does the work a slice at a time, and answers whoever waits between two of them. What takes no longer than a slice is done at once.
 * @throws the reason of `signal` when it aborts between two slices: the rest is not done.
 */
export async function inSlices<T>(
  steps: Steps<T>,
  { clock, signal, breathe = turn }: SliceOptions,
): Promise<T> {
  for (;;) {
    const until = clock.monotonic() + SLICE_MS;
    do {
      const step = steps.next();
      if (step.done) return step.value;
    } while (clock.monotonic() < until);
    await breathe();
    signal.throwIfAborted();
  }
}

import type { Clock } from './clock.ts';

/**
 * Waits for `work`, and no longer than `ms` or until `signal` aborts; work that is late goes on by itself. For what may never
 * end: a network, a process that the kernel holds.
 * @throws what `work` throws in time.
 */
export async function atMost(
  clock: Clock,
  ms: number,
  work: Promise<unknown> | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const done = new AbortController();
  const over = signal ? AbortSignal.any([signal, done.signal]) : done.signal;
  try {
    await Promise.race([work, clock.sleep(ms, over).catch(() => {})]);
  } finally {
    done.abort();
  }
}

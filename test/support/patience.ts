import type { FakeClock } from './fake-clock.ts';

/** Lets real sockets run until `condition` holds. Time on any fake clock stands still meanwhile. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits for `work` while sleeps that are due at once (a backoff of zero) end; no other sleep does. */
export async function finish<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  const done = new AbortController();
  work.finally(() => done.abort()).catch(() => {});
  while (!done.signal.aborted) await clock.advance(0);
  return work;
}

/** Lets time pass until `work` is done, in steps that leave real sockets their turns. */
export async function elapse<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  const done = new AbortController();
  work.finally(() => done.abort()).catch(() => {});
  while (!done.signal.aborted) await clock.advance(50);
  return work;
}

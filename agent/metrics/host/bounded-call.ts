import type { Clock } from '#kit/clock.ts';

/** A piece of work that the kernel may never give back: waited for only so long, and never begun a second time meanwhile. */
export interface Bounded<T> {
  /** Undefined when it is late, or still under way from before. Rejections count as undefined, too. */
  run(work: () => Promise<T>): Promise<T | undefined>;
  readonly isBusy: boolean;
}

export function bounded<T>(clock: Clock, limitMs: number): Bounded<T> {
  let busy = false;
  return {
    get isBusy() {
      return busy;
    },
    async run(work) {
      if (busy) return undefined;
      busy = true;
      const done = new AbortController();
      const result = work()
        .catch(() => undefined)
        .finally(() => {
          busy = false;
          done.abort();
        });
      return await Promise.race([result, clock.sleep(limitMs, done.signal).catch(() => result)]).then(
        (value) => value ?? undefined,
      );
    },
  };
}

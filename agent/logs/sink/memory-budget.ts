/** What one source holds of the memory for events under way. */
export interface MemoryHold {
  /** Whether this source may read on now. */
  readonly hasRoom: boolean;
  /** Takes `bytes`, with no regard to what is free. */
  take(bytes: number): void;
  give(bytes: number): void;
  /** Resolves when this source may read on; at once when it may now. Rejects with the signal's reason. */
  room(signal: AbortSignal): Promise<void>;
  readonly bytes: number;
}

/** What any source may hold, however full the memory is: a healthy destination always moves on. */
const FLOOR_BYTES = 64 * 1024;

/** Part of the free memory that one source may hold. */
const PART = 0.5;

/**
 * One bound for everything that was read and is not settled yet. A source may hold as much as half of what is still free
 * (dynamic thresholds: Choudhury and Hahne, 1998): one whose destination hangs takes a third of all, two take half, and
 * whatever their number there is room left for those that move (case 54). The bound is exceeded by one read of each source
 * at most.
 */
export class MemoryBudget {
  readonly #limit: number;
  #held = 0;
  #waiting: (() => void)[] = [];

  /** @param limitBytes for all sources together. */
  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  get heldBytes(): number {
    return this.#held;
  }

  hold(): MemoryHold {
    let mine = 0;
    const mayRead = (): boolean => mine < Math.max(FLOOR_BYTES, PART * (this.#limit - this.#held));
    const wait = (signal: AbortSignal): Promise<void> => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const stop = () => reject(signal.reason as Error);
      signal.addEventListener('abort', stop, { once: true });
      this.#waiting.push(resolve);
      return promise.finally(() => signal.removeEventListener('abort', stop));
    };
    return {
      take: (bytes) => {
        mine += bytes;
        this.#held += bytes;
      },
      give: (bytes) => {
        mine -= bytes;
        this.#held -= bytes;
        const woken = this.#waiting;
        this.#waiting = [];
        for (const wake of woken) wake();
      },
      room: async (signal) => {
        for (; ; await wait(signal)) {
          signal.throwIfAborted();
          if (mayRead()) return;
        }
      },
      get hasRoom() {
        return mayRead();
      },
      get bytes() {
        return mine;
      },
    };
  }
}

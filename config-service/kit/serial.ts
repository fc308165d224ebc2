/** Work that is done one after the other, in the order it was asked for. */
export interface Serial {
  /** Resolves and rejects as `work` does. What failed stands in the way of nothing that comes after it. */
  run<T>(work: () => T | Promise<T>): Promise<T>;
  /** Resolves when all that was asked for by now is over, however it ended. */
  idle(): Promise<void>;
}

export function createSerial(): Serial {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(work) {
      const turn = last.then(work);
      last = turn.catch(() => {});
      return turn;
    },
    idle: async () => void (await last),
  };
}

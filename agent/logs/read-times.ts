interface Read {
  /** Behind the number of its last event. */
  readonly to: number;
  readonly oldestAt: number;
  readonly newestAt: number;
}

/** The times that events of one source bear, read by read: how far behind it is. Milliseconds since the epoch. */
export class ReadTimes {
  /** Not all settled yet. As many as the memory for events has room for. */
  #reads: Read[] = [];
  #newestSettledAt: number | undefined;

  took(read: Read): void {
    this.#reads.push(read);
  }

  /** All events with a number below `to` are in their final place. */
  settled(to: number): void {
    let done = 0;
    for (; (this.#reads[done]?.to ?? Infinity) <= to; done += 1) {
      this.#newestSettledAt = this.#reads[done]?.newestAt;
    }
    if (done > 0) this.#reads = this.#reads.slice(done);
  }

  /** Of the oldest event in reads that are not settled as a whole; undefined when all are. */
  get oldestUnsettledAt(): number | undefined {
    return this.#reads.reduce<number | undefined>(
      (oldest = Infinity, { oldestAt }) => Math.min(oldest, oldestAt),
      undefined,
    );
  }

  /** Of the newest event of the last read that is settled; undefined before there is one. */
  get newestSettledAt(): number | undefined {
    return this.#newestSettledAt;
  }
}

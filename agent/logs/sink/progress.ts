/**
 * How far the events of one source are settled. They are numbered as they are read; runs of numbers are settled in any order,
 * for batches come back in any order, and the position moves only over what is settled without a gap (cases 24, 28).
 */
export class Progress {
  readonly #acknowledge: (end: number) => void;
  #given = 0;
  #settled = 0;
  readonly #beyond = new Map<number, { readonly to: number; readonly end: number }>();

  constructor(acknowledge: (end: number) => void) {
    this.#acknowledge = acknowledge;
  }

  /** The number of the next event that was read. */
  next(): number {
    this.#given += 1;
    return this.#given - 1;
  }

  /** Events that were read so far. */
  get given(): number {
    return this.#given;
  }

  /** Number of events that are settled without a gap, from the first on. */
  get settled(): number {
    return this.#settled;
  }

  get unsettled(): number {
    return this.#given - this.#settled;
  }

  /** The events `from` to `to`, excluded, are in their final place; `end` is the position behind the last of them. */
  settle(from: number, to: number, end: number): void {
    this.#beyond.set(from, { to, end });
    let reached: number | undefined;
    for (let run = this.#beyond.get(this.#settled); run; run = this.#beyond.get(this.#settled)) {
      this.#beyond.delete(this.#settled);
      this.#settled = run.to;
      reached = run.end;
    }
    if (reached !== undefined) this.#acknowledge(reached);
  }
}

/**
 * Parallel requests end in any order; a checkpoint moves over the contiguous prefix of what was acknowledged only (case 28).
 */
export class AcknowledgedPrefix {
  /** In the order they were issued; those that are done leave when they come first. */
  #issued: { readonly end: number; done: boolean }[] = [];
  readonly #byEnd = new Map<number, { readonly end: number; done: boolean }>();

  get underWay(): number {
    return this.#issued.length;
  }

  /** @param end behind the batch; larger than that of the one before. */
  issue(end: number): void {
    const batch = { end, done: false };
    this.#issued.push(batch);
    this.#byEnd.set(end, batch);
  }

  /** The end of the prefix when it grew by this, or undefined. */
  done(end: number): number | undefined {
    const batch = this.#byEnd.get(end);
    if (batch) batch.done = true;
    let prefix: number | undefined;
    let count = 0;
    for (const first of this.#issued) {
      if (!first.done) break;
      prefix = first.end;
      this.#byEnd.delete(first.end);
      count += 1;
    }
    this.#issued.splice(0, count);
    return prefix;
  }
}

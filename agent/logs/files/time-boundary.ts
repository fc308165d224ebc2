/**
 * Where in a file the first line stands that was written at or after an instant, by the times the lines bear. One that bears
 * none belongs to the line before it; before the first that does, nothing is known of it.
 */
export class TimeBorder {
  readonly #at: number;
  #events = 0;
  #before: number | undefined;
  #hasOlder = false;

  get hasOlder(): boolean {
    return this.#hasOlder;
  }

  /** @param at epoch ms. */
  constructor(at: number) {
    this.#at = at;
  }

  /** Of one event after the other. @param written epoch ms; undefined when it bears no time that can be read. */
  note(written: number | undefined): void {
    if (this.#before === undefined && written !== undefined) {
      if (written >= this.#at) this.#before = this.#events;
      else this.#hasOlder = true;
    }
    this.#events += 1;
  }

  /** Of the events since the last call: how many, the first of them, are older. `isPassed`: all that follow are not. */
  take(): { readonly older: number; readonly isPassed: boolean } {
    const before = this.#before ?? this.#events;
    const isPassed = this.#before !== undefined;
    this.#events = 0;
    if (isPassed) this.#before = 0;
    return { older: this.#hasOlder ? before : 0, isPassed };
  }
}

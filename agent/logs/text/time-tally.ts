import type { WrittenTimes } from './event-time.ts';

/** So many events without a readable time, and none with one: the format is not that of the log. */
const TELLING = 100;

/** How many events of an entry bear a time that its format reads. One that never fits is told once. */
export class TimeTally implements WrittenTimes {
  readonly #never: () => void;
  #readable = 0;
  #unreadable = 0;

  /** @param never called when the first events have no readable time, all of them. */
  constructor(never: () => void) {
    this.#never = never;
  }

  get counts(): { readonly readable: number; readonly unreadable: number } {
    return { readable: this.#readable, unreadable: this.#unreadable };
  }

  note(written: number | undefined): void {
    if (written !== undefined) this.#readable += 1;
    else {
      this.#unreadable += 1;
      if (this.#readable === 0 && this.#unreadable === TELLING) this.#never();
    }
  }

  /** The rules are others now. */
  begin(): void {
    this.#readable = 0;
    this.#unreadable = 0;
  }
}

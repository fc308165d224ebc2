import type { MemoryHold } from './memory-budget.ts';

/** What one strand of a source holds of the memory of that source. */
export type StrandHold = Omit<MemoryHold, 'room'>;

/** Less than a source alone may hold of all memory, so that what hangs in its strands never stops the source itself. */
const LIMIT_BYTES = 6 * 1024 * 1024;

/** As between sources: a strand may hold half of what the others leave free. */
const PART = 0.5;

/** The memory of a source, shared out between its strands, so that the stream of one file that hangs holds up no other. */
export class StrandMemory {
  readonly #hold: MemoryHold;
  readonly #limit: number;
  #held = 0;

  constructor(hold: MemoryHold, limitBytes = LIMIT_BYTES) {
    this.#hold = hold;
    this.#limit = limitBytes;
  }

  /** Whether a strand that holds nothing may be read. */
  get hasRoom(): boolean {
    return this.#held < this.#limit;
  }

  strand(): StrandHold {
    let mine = 0;
    const add = (bytes: number): void => {
      mine += bytes;
      this.#held += bytes;
    };
    const hasRoom = (): boolean => mine < PART * (this.#limit - this.#held);
    return {
      take: (bytes) => {
        add(bytes);
        this.#hold.take(bytes);
      },
      give: (bytes) => {
        add(-bytes);
        this.#hold.give(bytes);
      },
      get hasRoom() {
        return hasRoom();
      },
      get bytes() {
        return mine;
      },
    };
  }
}

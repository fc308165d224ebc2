import { Ledger } from './base/ledger.ts';

/** Entries of a plan whose counts are kept apart; a plan that made up names all the time would have the others share one. */
const MOST_ENTRIES = 1_000;
const OTHERS = '(others)';

/** The counts of every entry since the start, also of those the plan has no more: what is told as a counter only grows. */
export class EntryLedgers {
  readonly #ledgers = new Map<string, Ledger>();

  of(name: string): Ledger {
    const key = this.#ledgers.has(name) || this.#ledgers.size < MOST_ENTRIES ? name : OTHERS;
    let ledger = this.#ledgers.get(key);
    if (!ledger) this.#ledgers.set(key, (ledger = new Ledger()));
    return ledger;
  }

  get all(): ReadonlyMap<string, Ledger> {
    return this.#ledgers;
  }
}

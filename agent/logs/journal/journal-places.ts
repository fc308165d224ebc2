import type { JournalRecord } from './journal-record.ts';

export type Place = Pick<JournalRecord, 'cursor' | 'realtime'>;

interface Passed {
  place: Place;
  /** Behind the event it is in; undefined while it is in none. */
  end: number | undefined;
}

/** Records in the order they were read, and which of them need not be read again: those before the first that is not settled. */
export class JournalPlaces {
  #passed: Passed[] = [];
  readonly #waiting = new Map<string, Passed>();
  #end = 0;
  #acknowledged = 0;

  /** Gives the position of the next event. */
  next(): number {
    this.#end += 1;
    return this.#end;
  }

  get end(): number {
    return this.#end;
  }

  /** A record that was read, and is in no event yet. */
  wait(record: JournalRecord): void {
    const passed: Passed = { place: placeOf(record), end: undefined };
    this.#passed.push(passed);
    this.#waiting.set(record.cursor, passed);
  }

  /** It is in events up to here now. */
  settle({ cursor }: JournalRecord): void {
    const passed = this.#waiting.get(cursor);
    if (passed) passed.end = this.#end;
    this.#waiting.delete(cursor);
  }

  /** A record that is done with as soon as all before it are: shipped with the last event, or not wanted. */
  pass(record: JournalRecord): void {
    const last = this.#passed.at(-1);
    // Of thousands that nobody wants only the last is kept.
    if (last?.end === this.#end) last.place = placeOf(record);
    else this.#passed.push({ place: placeOf(record), end: this.#end });
  }

  acknowledge(end: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, end);
  }

  /** Where a restart may go on, if that has moved since this was asked last. */
  takeSettled(): Place | undefined {
    let done = 0;
    let reached: Place | undefined;
    for (const { place, end } of this.#passed) {
      if (end === undefined || end > this.#acknowledged) break;
      reached = place;
      done += 1;
    }
    if (done > 0) this.#passed = this.#passed.slice(done);
    return reached;
  }
}

function placeOf({ cursor, realtime }: JournalRecord): Place {
  return { cursor, realtime };
}

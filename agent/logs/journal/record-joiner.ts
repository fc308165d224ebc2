import type { Multiline } from '../text/text-rules.ts';
import type { JournalRecord } from './journal-record.ts';

/** Records that are one event: the first of them says whose it is and when it happened. */
export interface Joined {
  readonly records: readonly JournalRecord[];
  readonly text: string;
}

interface Open {
  readonly writer: string;
  readonly records: JournalRecord[];
  bytes: number;
  readonly since: number;
  grownAt: number;
}

/** Longest event; the consoles of AWS show none that is longer. */
const MOST_BYTES = 1_000_000;
/** Records that wait for more, of all writers: they are held in memory, and hold back the place that a restart goes on from. */
const MOST_OPEN = 5_000;
/** What waits longer than so many times `flushMs`, though it grows, is not waited for. */
const MOST_FLUSHES = 10;

/** Joins the records of each writer as `multiline` says. Time is passed in, in monotonic milliseconds. */
export class RecordJoiner {
  readonly #multiline: Multiline;
  readonly #flushMs: number;
  /** By writer, the oldest first. */
  readonly #open = new Map<string, Open>();
  #count = 0;

  constructor(multiline: Multiline, flushMs: number) {
    this.#multiline = multiline;
    this.#flushMs = flushMs;
  }

  /** What is complete with this record, in order. */
  take(writer: string, record: JournalRecord, now: number): readonly Joined[] {
    const { by, pattern } = this.#multiline;
    const isEdge = pattern(record.text);
    const done: Joined[] = [];
    const size = Buffer.byteLength(record.text) + 1;
    let open = this.#open.get(writer);
    const goesOn = open !== undefined && !isEdge;
    if (open && ((isEdge && by === 'start') || open.bytes + size > MOST_BYTES)) {
      done.push(this.#close(open));
      open = undefined;
    }
    open ??= this.#begin(writer, now);
    open.records.push(record);
    open.bytes += size;
    open.grownAt = now;
    this.#count += 1;
    // Before a record that begins one nobody knows what this belongs to.
    const isAlone = by === 'start' && !isEdge && !goesOn;
    if (isAlone || (isEdge && by === 'end')) done.push(this.#close(open));
    while (this.#count > MOST_OPEN) {
      const [oldest] = this.#open.values();
      if (!oldest) break;
      done.push(this.#close(oldest));
    }
    return done;
  }

  /** What has waited long enough. */
  due(now: number): readonly Joined[] {
    const due = [...this.#open.values()].filter(
      ({ since, grownAt }) => now - grownAt >= this.#flushMs || now - since >= this.#flushMs * MOST_FLUSHES,
    );
    return due.map((open) => this.#close(open));
  }

  #begin(writer: string, now: number): Open {
    const open = { writer, records: [], bytes: 0, since: now, grownAt: now };
    this.#open.set(writer, open);
    return open;
  }

  #close(open: Open): Joined {
    this.#open.delete(open.writer);
    this.#count -= open.records.length;
    return { records: open.records, text: open.records.map(({ text }) => text).join('\n') };
  }
}

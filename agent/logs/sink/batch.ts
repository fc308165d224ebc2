import { MOST_BODY_BYTES, PUT_LIMITS } from '../base/put-limits.ts';
import type { Account, TakenEvent } from './taken-event.ts';

/** Events of one call, in the order of time; at least one. */
export type Piece = readonly TakenEvent[];

/** What is settled together: the pieces of one gathering. */
export interface Batch {
  /** One, but for events that are further apart than a call may span. */
  readonly pieces: readonly Piece[];
  /** Tells the sources that all of it is in its final place, and gives the memory back. */
  settle(): void;
}

interface Run {
  readonly account: Account;
  readonly from: number;
  to: number;
  end: number;
  footprint: number;
}

/** Gathers events of one stream up to the limits of a call (case 45). */
export class BatchGathering {
  #events: TakenEvent[] = [];
  #runs: Run[] = [];
  #bytes = 0;
  #bodyBytes = 0;
  #ordered = true;

  get size(): number {
    return this.#events.length;
  }

  /** False when there is no room for it: seal first. */
  add(event: TakenEvent, footprint: number): boolean {
    const bytes = event.size + PUT_LIMITS.overheadBytes;
    const bodyBytes = bodyBytesOf(event);
    const full =
      this.#bytes + bytes > PUT_LIMITS.batchBytes ||
      this.#events.length === PUT_LIMITS.events ||
      this.#bodyBytes + bodyBytes > MOST_BODY_BYTES;
    if (full && this.#events.length > 0) return false;
    this.#bytes += bytes;
    this.#bodyBytes += bodyBytes;
    this.#ordered &&= event.at >= (this.#events.at(-1)?.at ?? event.at);
    this.#events.push(event);
    this.#record(event, footprint);
    return true;
  }

  /** What was gathered; undefined when that is nothing. The gathering begins anew. */
  seal(): Batch | undefined {
    const runs = this.#runs;
    // A stable sort: events of one millisecond stay in the order of their file.
    const events = this.#ordered ? this.#events : this.#events.toSorted((a, b) => a.at - b.at);
    this.#events = [];
    this.#runs = [];
    this.#bytes = 0;
    this.#bodyBytes = 0;
    this.#ordered = true;
    if (events.length === 0) return undefined;
    return { pieces: piecesOf(events), settle: () => settleRuns(runs) };
  }

  #record({ account, number, end }: TakenEvent, footprint: number): void {
    const run = this.#runs.at(-1);
    if (run?.account === account && run.to === number) {
      run.to = number + 1;
      run.end = end;
      run.footprint += footprint;
    } else {
      this.#runs.push({ account, from: number, to: number + 1, end, footprint });
    }
  }
}

/** Cut where the span of a call ends. AWS counts only events that it would accept; to count all is on the safe side. */
function piecesOf(events: Piece): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const [index, { at }] of events.entries()) {
    if (at - (events[from]?.at ?? at) > PUT_LIMITS.spanMs) {
      pieces.push(events.slice(from, index));
      from = index;
    }
  }
  return [...pieces, from === 0 ? events : events.slice(from)];
}

function settleRuns(runs: readonly Run[]): void {
  for (const { account, from, to, end, footprint } of runs) {
    account.progress.settle(from, to, end);
    account.memory.give(footprint);
  }
}

/** Those that JSON writes in 6 bytes; the others take 2 at most. */
// oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
const LONG_IN_JSON = /[\u0000-\u0007\u000B\u000E-\u001F]/;

/** What the event takes in the body, in bytes: exactly where it is much. */
function bodyBytesOf({ message, size }: TakenEvent): number {
  return LONG_IN_JSON.test(message) ? Buffer.byteLength(JSON.stringify(message)) : size;
}

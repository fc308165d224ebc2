import type { Destination } from '../base/destination.ts';
import { MOST_BODY_BYTES, PUT_LIMITS } from '../base/put-limits.ts';
import type { Account, TakenEvent } from './taken-event.ts';

/** What is settled together: the pieces of one gathering. */
export interface Batch {
  /** One, but for events that are further apart than a call may span. */
  readonly pieces: readonly Piece[];
  /** Tells the sources that all of it is in its final place. */
  settle(): void;
  /** Gives the memory back: who waits for it reads on. */
  release(): void;
}

/** Where an event came from, for its ledger. */
export interface EventOrigin {
  readonly account: Account;
  readonly at: number;
  /** Where it ends in its source. */
  readonly end: number;
  readonly readBytes: number;
}

/**
 * Events as a call takes them: JSON already, and columns of what their ledgers ask for. All of it is bytes outside of V8's heap: as
 * objects and texts they would outlive the collections of young ones, and half of a core would collect garbage.
 */
interface Gathered {
  readonly size: number;
  readonly accounts: readonly Account[];
  readonly at: Float64Array;
  readonly end: Float64Array;
  readonly readBytes: Float64Array;
  /** Where each ends in `json`, with the comma behind it. */
  readonly upTo: Float64Array;
  /** What the body of a call begins with, the events, and at least a byte of room. */
  readonly json: Buffer;
  /** Bytes of the beginning. */
  readonly opening: number;
}

/** Events of one call, in the order of time; at least one. */
export class Piece {
  readonly #all: Gathered;
  readonly #from: number;
  readonly #to: number;

  constructor(all: Gathered, from = 0, to = all.size) {
    this.#all = all;
    this.#from = from;
    this.#to = to;
  }

  get length(): number {
    return this.#to - this.#from;
  }

  /** What stands between the brackets of `logEvents`. */
  get json(): Buffer {
    const { upTo, json, opening } = this.#all;
    return json.subarray(upTo[this.#from - 1] ?? opening, (upTo[this.#to - 1] ?? opening) - 1);
  }

  /** The body of the call. That of a whole gathering is where it lies: a copy of a megabyte for each call would be as much garbage. */
  get body(): Buffer {
    const { size, upTo, json, opening } = this.#all;
    if (this.length < size) return Buffer.concat([json.subarray(0, opening), this.json, Buffer.from(END)]);
    const end = (upTo[size - 1] ?? opening) - 1;
    return json.subarray(0, end + json.write(END, end));
  }

  /** @param index from 0, less than `length`. */
  origin(index: number): EventOrigin {
    const { accounts, at, end, readBytes } = this.#all;
    const place = this.#from + index;
    const account = accounts[place];
    if (account === undefined) throw new RangeError(`a piece of ${this.length} events has no ${index}`);
    return { account, at: at[place] ?? 0, end: end[place] ?? 0, readBytes: readBytes[place] ?? 0 };
  }

  /** @param to excluded. */
  part(from: number, to = this.length): Piece {
    return new Piece(this.#all, this.#from + from, this.#from + to);
  }
}

interface Run {
  readonly account: Account;
  readonly from: number;
  to: number;
  end: number;
  footprint: number;
}

/** Behind the last event, over its comma. */
const END = ']}';

/** For a stream that says little. */
const FEW = { events: 16, bytes: 2048 };

/** Gathers events of one stream up to the limits of a call (case 45). */
export class BatchGathering {
  #accounts: Account[] = [];
  #at: Float64Array = NO_NUMBERS;
  #end: Float64Array = NO_NUMBERS;
  #readBytes: Float64Array = NO_NUMBERS;
  #upTo: Float64Array = NO_NUMBERS;
  #json: Buffer = NO_BYTES;
  #length = 0;
  #runs: Run[] = [];
  #bytes = 0;
  #ordered = true;
  /** What the batch before took: the next one is likely to take as much. */
  #expected = FEW;
  readonly #opening: Buffer;

  /** Of the stream that the events are for. */
  constructor({ group, stream }: Destination) {
    const names = JSON.stringify({ logGroupName: group, logStreamName: stream });
    this.#opening = Buffer.from(`${names.slice(0, -1)},"logEvents":[`);
  }

  get size(): number {
    return this.#accounts.length;
  }

  /** False when there is no room for it: seal first. */
  add({ at, message, size, end, account, number, readBytes }: TakenEvent, footprint: number): boolean {
    const index = this.size;
    const bytes = size + PUT_LIMITS.overheadBytes;
    const isFull = this.#bytes + bytes > PUT_LIMITS.batchBytes || index === PUT_LIMITS.events;
    if (isFull && index > 0) return false;
    const text = `{"timestamp":${at},"message":${JSON.stringify(message)}},`;
    // Where a message has as many bytes as units of UTF-16, all of it is ASCII.
    const length = size === message.length ? text.length : Buffer.byteLength(text);
    if (this.#length + length > MOST_BODY_BYTES && index > 0) return false;
    this.#makeRoom(length);
    this.#ordered &&= index === 0 || at >= (this.#at[index - 1] ?? at);
    this.#length += this.#json.write(text, this.#length);
    this.#accounts.push(account);
    this.#at[index] = at;
    this.#end[index] = end;
    this.#readBytes[index] = readBytes;
    this.#upTo[index] = this.#length;
    this.#bytes += bytes;
    this.#record(account, number, end, footprint);
    return true;
  }

  /** What was gathered; undefined when that is nothing. The gathering begins anew. */
  seal(): Batch | undefined {
    const runs = this.#runs;
    const gathered: Gathered = {
      size: this.size,
      accounts: this.#accounts,
      at: this.#at,
      end: this.#end,
      readBytes: this.#readBytes,
      upTo: this.#upTo,
      json: this.#json,
      opening: this.#opening.length,
    };
    const isOrdered = this.#ordered;
    if (gathered.size > 0) this.#expected = { events: gathered.size, bytes: this.#length };
    this.#accounts = [];
    this.#at = this.#end = this.#readBytes = this.#upTo = NO_NUMBERS;
    this.#json = NO_BYTES;
    this.#length = 0;
    this.#runs = [];
    this.#bytes = 0;
    this.#ordered = true;
    if (gathered.size === 0) return undefined;
    return {
      pieces: piecesOf(isOrdered ? gathered : inOrderOfTime(gathered)),
      settle: () => {
        for (const { account, from, to, end } of runs) account.progress.settle(from, to, end);
      },
      release: () => {
        for (const { account, footprint } of runs) account.memory.give(footprint);
      },
    };
  }

  /** For one event more, of so many bytes of JSON. */
  #makeRoom(bytes: number): void {
    const opening = this.#length === 0 ? this.#opening : NO_BYTES;
    const needed = this.#length + opening.length + bytes + 1;
    if (needed > this.#json.length) {
      const larger = Buffer.allocUnsafeSlow(
        Math.max(FEW.bytes, this.#expected.bytes + 1, this.#json.length * 2, needed),
      );
      this.#json.copy(larger, 0, 0, this.#length);
      this.#json = larger;
    }
    this.#length += opening.copy(this.#json, this.#length);
    if (this.size < this.#at.length) return;
    const events = Math.max(FEW.events, this.#expected.events, this.size * 2);
    this.#at = withRoom(this.#at, events);
    this.#end = withRoom(this.#end, events);
    this.#readBytes = withRoom(this.#readBytes, events);
    this.#upTo = withRoom(this.#upTo, events);
  }

  #record(account: Account, number: number, end: number, footprint: number): void {
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

const NO_NUMBERS = new Float64Array(0);
const NO_BYTES = Buffer.alloc(0);

function withRoom(numbers: Float64Array, length: number): Float64Array {
  const larger = new Float64Array(length);
  larger.set(numbers);
  return larger;
}

/** Events of one millisecond stay in the order of their file. */
function inOrderOfTime({ size, accounts, at, end, readBytes, upTo, json, opening }: Gathered): Gathered {
  const order = Array.from({ length: size }, (_, index) => index).toSorted(
    (a, b) => (at[a] ?? 0) - (at[b] ?? 0),
  );
  const parts = order.map((index) => json.subarray(upTo[index - 1] ?? opening, upTo[index]));
  let length = opening;
  return {
    size,
    accounts: order.flatMap((index) => accounts[index] ?? []),
    at: Float64Array.from(order, (index) => at[index] ?? 0),
    end: Float64Array.from(order, (index) => end[index] ?? 0),
    readBytes: Float64Array.from(order, (index) => readBytes[index] ?? 0),
    upTo: Float64Array.from(parts, (part) => (length += part.length)),
    json: Buffer.concat([json.subarray(0, opening), ...parts, Buffer.alloc(1)]),
    opening,
  };
}

/** Cut where the span of a call ends. AWS counts only events that it would accept; to count all is on the safe side. */
function piecesOf(gathered: Gathered): readonly Piece[] {
  const { size, at } = gathered;
  const pieces: Piece[] = [];
  let from = 0;
  for (let index = 0; index < size; index += 1) {
    if ((at[index] ?? 0) - (at[from] ?? 0) > PUT_LIMITS.spanMs) {
      pieces.push(new Piece(gathered, from, index));
      from = index;
    }
  }
  return [...pieces, new Piece(gathered, from)];
}

import type { Destination } from '../destination.ts';
import { BatchGathering, type Batch } from './batch.ts';
import type { GroupWish } from './group-wish.ts';
import { StreamSender, type SenderParts, type SenderState } from './stream-sender.ts';
import { footprint, type TakenEvent } from './taken-event.ts';

/** An event waits this long for others that share its call. */
const LINGER_MS = 1_000;

/** Between calls of a stream that has less than a batch to say. */
const GAP_MS = 2_000;

/** Calls of one stream at a time. */
const MOST_IN_FLIGHT = 4;

/**
 * How much of a head start a call gets before the next of its stream is sent beside it. By then it has long been received,
 * so that what arrives keeps its order; with an endpoint that is faster there is never more than one.
 */
const HEAD_START_MS = 50;

export interface LaneState extends SenderState, Destination {
  /** Events that are gathered, and calls that wait or are under way. */
  readonly gathered: number;
  readonly batches: number;
}

/**
 * One stream: what is offered arrives in this order. Calls run beside each other only where the events of the later one are
 * later by their time, too: CloudWatch sorts by time, so that their order cannot depend on which call comes first (case 49).
 */
export class StreamLane {
  readonly #parts: SenderParts;
  readonly #to: Destination;
  readonly #sender: StreamSender;
  readonly #gathering = new BatchGathering();
  readonly #queue: Batch[] = [];
  readonly #inFlight = new Set<Batch>();
  #due = false;
  #lingering = false;
  #hurried = false;
  #startedAt = -Infinity;
  #usedAt: number;
  #idle: (() => void)[] = [];

  constructor(parts: SenderParts, to: Destination, wish: GroupWish) {
    this.#parts = parts;
    this.#to = to;
    this.#sender = new StreamSender(parts, to, wish);
    this.#usedAt = parts.clock.monotonic();
  }

  set wish(wish: GroupWish) {
    this.#sender.wish = wish;
  }

  get state(): LaneState {
    const batches = this.#queue.length + this.#inFlight.size;
    return { ...this.#to, ...this.#sender.state, gathered: this.#gathering.size, batches };
  }

  get isIdle(): boolean {
    return this.#gathering.size === 0 && this.#queue.length === 0 && this.#inFlight.size === 0;
  }

  /** Since when nothing was offered, on the monotonic clock. */
  get usedAt(): number {
    return this.#usedAt;
  }

  /** Never refuses: who offers is bounded by the memory he holds. */
  offer(event: TakenEvent): void {
    this.#usedAt = this.#parts.clock.monotonic();
    if (!this.#gathering.add(event, footprint(event))) {
      this.#seal();
      this.#gathering.add(event, footprint(event));
      this.#dispatch();
    }
    this.#linger();
  }

  /** What is gathered waits for nothing any more, from now on if `forGood`. */
  flush(forGood = false): void {
    this.#hurried ||= forGood;
    this.#due = true;
    this.#dispatch();
  }

  /** Resolves when everything that was offered is settled. */
  idle(): Promise<void> {
    return this.isIdle ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  #linger(): void {
    if (this.#lingering || this.#due || this.#gathering.size === 0) return;
    this.#lingering = true;
    const { clock, signal } = this.#parts;
    const now = clock.monotonic();
    const wait = this.#hurried ? 0 : Math.max(LINGER_MS, this.#startedAt + GAP_MS - now);
    clock
      .sleep(wait, signal)
      .then(() => this.#endLingering())
      .catch(() => {});
  }

  #endLingering(): void {
    this.#lingering = false;
    this.flush();
  }

  #seal(): void {
    const batch = this.#gathering.seal();
    this.#due = false;
    if (batch) this.#queue.push(batch);
  }

  #dispatch(): void {
    for (;;) {
      // What is due goes on gathering while a call is under way: the longer it takes, the fuller the next one is.
      if (this.#due && this.#queue.length === 0 && this.#inFlight.size === 0) this.#seal();
      const [next] = this.#queue;
      if (!next || !this.#mayStart(next)) return;
      this.#queue.shift();
      void this.#run(next);
    }
  }

  #mayStart(next: Batch): boolean {
    if (this.#inFlight.size === 0) return true;
    return (
      this.#inFlight.size < MOST_IN_FLIGHT &&
      !this.#sender.state.trouble &&
      this.#parts.clock.monotonic() >= this.#startedAt + HEAD_START_MS &&
      [...this.#inFlight].every(({ last }) => last < next.first)
    );
  }

  async #run(batch: Batch): Promise<void> {
    this.#inFlight.add(batch);
    const { clock } = this.#parts;
    this.#startedAt = clock.monotonic();
    const over = new AbortController();
    clock
      .sleep(HEAD_START_MS, over.signal)
      .then(() => this.#dispatch())
      .catch(() => {});
    try {
      for (const piece of batch.pieces) await this.#sender.deliver(piece);
    } catch {
      // Cut off: it stays in flight, and unacknowledged.
      return;
    } finally {
      over.abort();
    }
    this.#inFlight.delete(batch);
    batch.settle();
    this.#dispatch();
    if (this.isIdle) for (const tell of this.#idle.splice(0)) tell();
  }
}

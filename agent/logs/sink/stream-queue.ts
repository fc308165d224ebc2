import type { Destination } from '../base/destination.ts';
import { BatchGathering, type Batch } from './batch.ts';
import type { LogGroupSpec } from './log-group-spec.ts';
import { StreamSender, type SenderParts, type SenderState } from './stream-sender.ts';
import { footprint, type TakenEvent } from './taken-event.ts';

/** An event waits this long for others that share its call. */
const LINGER_MS = 1_000;

/** Between calls of a stream that has less than a batch to say. What is left behind full ones leaves without it. */
const GAP_MS = 2_000;

export interface LaneParts extends SenderParts {
  /** Resolves when what was acknowledged by now is known to the next start, too, or cannot be. */
  readonly keep: () => Promise<void>;
  /** Between two calls of one stream, by how many have something to say. */
  readonly gapMs: () => number;
}

export interface LaneState extends SenderState, Destination {
  /** Events that are gathered, and calls that wait or are under way. */
  readonly gathered: number;
  readonly batches: number;
}

/**
 * One stream: what is offered arrives in this order, one batch at a time. The next one leaves when the checkpoint of the one before is
 * written: whenever the agent is killed, one batch at most is sent again (case 24).
 */
export class StreamQueue {
  readonly #parts: LaneParts;
  readonly #to: Destination;
  readonly #sender: StreamSender;
  readonly #gathering: BatchGathering;
  readonly #queue: Batch[] = [];
  #underWay = false;
  #due = false;
  #lingering = false;
  #hurried = false;
  #shortAt = -Infinity;
  #usedAt: number;
  #idle: (() => void)[] = [];

  constructor(parts: LaneParts, to: Destination, wish: LogGroupSpec) {
    this.#parts = parts;
    this.#to = to;
    this.#gathering = new BatchGathering(to);
    this.#sender = new StreamSender(parts, to, wish);
    this.#usedAt = parts.clock.monotonic();
  }

  set wish(wish: LogGroupSpec) {
    this.#sender.wish = wish;
  }

  get state(): LaneState {
    const batches = this.#queue.length + (this.#underWay ? 1 : 0);
    return { ...this.#to, ...this.#sender.state, gathered: this.#gathering.size, batches };
  }

  get isIdle(): boolean {
    return this.#gathering.size === 0 && this.#queue.length === 0 && !this.#underWay;
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
    const { clock, signal, gapMs } = this.#parts;
    const now = clock.monotonic();
    const wait = this.#hurried ? 0 : Math.max(LINGER_MS, this.#shortAt + Math.max(GAP_MS, gapMs()) - now);
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
    if (this.#underWay) return;
    // What is due goes on gathering while a call is under way: the longer it takes, the fuller the next one is.
    if (this.#due && this.#queue.length === 0) {
      this.#seal();
      this.#shortAt = this.#parts.clock.monotonic();
    }
    const next = this.#queue.shift();
    if (next) void this.#run(next);
  }

  async #run(batch: Batch): Promise<void> {
    this.#underWay = true;
    try {
      for (const piece of batch.pieces) await this.#sender.deliver(piece);
      batch.settle();
      await this.#parts.keep();
    } catch {
      // Cut off: it stays under way, and unacknowledged.
      return;
    }
    this.#underWay = false;
    this.#dispatch();
    // Behind the checkpoint and the next call, which a read of what follows would hold up: it has the time of that call.
    batch.release();
    if (this.isIdle) for (const tell of this.#idle.splice(0)) tell();
  }
}

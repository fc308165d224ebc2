import type { Ledger } from './base/ledger.ts';
import type { Measured } from './pattern-counts.ts';
import { ReadTimes } from './read-times.ts';
import type { MemoryHold } from './sink/memory-budget.ts';
import { Progress } from './sink/progress.ts';
import { StrandMemory, type StrandHold } from './sink/strand-memory.ts';

/** Of one strand: what the sink settles its events with, and the times that they bear. */
class Strand {
  readonly ledger: Ledger;
  readonly progress: Progress;
  readonly memory: StrandHold;
  readonly times = new ReadTimes();
  #oldestAt = Infinity;
  #newestAt = -Infinity;
  /** By the number of the event, in order. */
  readonly #measured: { readonly number: number; readonly what: Measured }[] = [];

  constructor(
    ledger: Ledger,
    memory: StrandHold,
    count: (what: Measured) => void,
    acknowledge: (end: number) => void,
  ) {
    this.ledger = ledger;
    this.memory = memory;
    this.progress = new Progress((end) => {
      this.times.settled(this.progress.settled);
      for (let first = this.#measured[0]; first; first = this.#measured[0]) {
        if (first.number >= this.progress.settled) break;
        this.#measured.shift();
        count(first.what);
      }
      acknowledge(end);
    });
  }

  /** The number of the next event that was read. */
  next(at: number): number {
    this.#oldestAt = Math.min(this.#oldestAt, at);
    this.#newestAt = Math.max(this.#newestAt, at);
    return this.progress.next();
  }

  /** To be counted when the event is settled. */
  measured(number: number, what: Measured): void {
    this.#measured.push({ number, what });
  }

  /** Some of the read under way is its. */
  get isBeingRead(): boolean {
    return this.#oldestAt !== Infinity;
  }

  /** One read is over. */
  took(): void {
    if (!this.isBeingRead) return;
    this.times.took({ to: this.progress.given, oldestAt: this.#oldestAt, newestAt: this.#newestAt });
    this.times.settled(this.progress.settled);
    this.#oldestAt = Infinity;
    this.#newestAt = -Infinity;
  }
}

/**
 * What one source has under way. Most are one strand, of which everything before a place is settled or nothing is; where each file has
 * a stream of its own each is one, so that none waits for the stream of another, and a kill sends one batch of each again.
 */
export class SourceStrands {
  readonly #ledger: Ledger;
  readonly #hold: MemoryHold;
  readonly #memory: StrandMemory;
  readonly #acknowledge: (end: number, strand: object | undefined) => void;
  readonly #count: (what: Measured) => void;
  /** Strands of which something is under way, or was a moment ago. */
  readonly #strands = new Map<object | undefined, Strand>();
  #newestSettledAt: number | undefined;
  #waiting: { readonly upTo: ReadonlyMap<Strand, number>; readonly tell: () => void }[] = [];

  constructor(
    ledger: Ledger,
    hold: MemoryHold,
    acknowledge: (end: number, strand: object | undefined) => void,
    count: (what: Measured) => void = () => {},
  ) {
    this.#ledger = ledger;
    this.#hold = hold;
    this.#memory = new StrandMemory(hold);
    this.#acknowledge = acknowledge;
    this.#count = count;
  }

  accountOf(of: object | undefined): Strand {
    const known = this.#strands.get(of);
    if (known) return known;
    const memory = of === undefined ? this.#hold : this.#memory.strand();
    const strand: Strand = new Strand(this.#ledger, memory, this.#count, (end) => {
      this.#acknowledge(end, of);
      this.#settled(of, strand);
    });
    this.#strands.set(of, strand);
    return strand;
  }

  /** Whether more of it may be read. */
  hasRoom(of: object): boolean {
    return (this.#strands.get(of)?.memory ?? this.#memory).hasRoom;
  }

  /** One read is over: what it brought counts for the times. */
  tookAll(): void {
    for (const [of, strand] of this.#strands) {
      strand.took();
      this.#forgetIfDone(of, strand);
    }
  }

  get unsettled(): number {
    return this.#all.reduce((sum, { progress }) => sum + progress.unsettled, 0);
  }

  /** See `ReadTimes`. */
  get oldestUnsettledAt(): number | undefined {
    const times = this.#all.flatMap((strand) => strand.times.oldestUnsettledAt ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  get newestSettledAt(): number | undefined {
    const times = this.#all.flatMap((strand) => strand.times.newestSettledAt ?? []);
    const newest = Math.max(this.#newestSettledAt ?? -Infinity, ...times);
    return newest === -Infinity ? undefined : newest;
  }

  /** Resolves when all that was read by now is settled. */
  settled(): Promise<void> {
    const upTo = new Map(
      this.#all.flatMap((strand) => (strand.progress.unsettled > 0 ? [[strand, strand.progress.given]] : [])),
    );
    if (upTo.size === 0) return Promise.resolve();
    return new Promise((tell) => this.#waiting.push({ upTo, tell }));
  }

  get #all(): readonly Strand[] {
    return [...this.#strands.values()];
  }

  #settled(of: object | undefined, strand: Strand): void {
    if (!strand.isBeingRead) this.#forgetIfDone(of, strand);
    this.#waiting = this.#waiting.filter(({ upTo, tell }) => {
      const isOver = [...upTo].every(([one, given]) => one.progress.settled >= given);
      if (isOver) tell();
      return !isOver;
    });
  }

  #forgetIfDone(of: object | undefined, strand: Strand): void {
    if (of === undefined || strand.progress.unsettled > 0) return;
    const { newestSettledAt } = strand.times;
    if (newestSettledAt !== undefined)
      this.#newestSettledAt = Math.max(this.#newestSettledAt ?? -Infinity, newestSettledAt);
    this.#strands.delete(of);
  }
}

import { atMost } from '#kit/at-most.ts';
import type { Destination } from './base/destination.ts';
import { Ledger } from './base/ledger.ts';
import type { LogSource } from './base/log-source.ts';
import type { LogPlan } from './entry/log-plan.ts';
import type { PatternCounts } from './pattern-counts.ts';
import type { EventFilter } from './event-filter.ts';
import type { SourceGroup, GroupStatus } from './entry/source-group.ts';
import { SourcePump, type PumpParts } from './source-pump.ts';
import type { TimeTally } from './text/time-tally.ts';

/** What an entry that goes may take until its last events are settled; what is not by then comes again at the next start. */
const RETIRE_MS = 10_000;

/** Fewer may be a banner. */
const FEW_EVENTS = 10;

/** An entry of the plan while it runs: its sources, and what became of all they gave. */
export class RunningEntry {
  plan: LogPlan;
  /** Ledger of all its sources, ended ones included. */
  readonly ledger: Ledger;
  readonly times: TimeTally;
  readonly #parts: PumpParts;
  readonly #group: SourceGroup;
  readonly #patterns: PatternCounts;
  #newFilter: () => EventFilter;
  readonly #pumps = new Map<LogSource, SourcePump>();
  readonly #leaving = new Set<Promise<void>>();

  constructor(
    parts: PumpParts,
    plan: LogPlan,
    group: SourceGroup,
    newFilter: () => EventFilter,
    ledger: Ledger,
    times: TimeTally,
    patterns: PatternCounts,
  ) {
    this.times = times;
    this.#parts = parts;
    this.plan = plan;
    this.ledger = ledger;
    this.#group = group;
    this.#patterns = patterns;
    this.#newFilter = newFilter;
    group.start({
      opened: (source) => this.#open(source),
      ended: (source) => this.#leave(source),
      lost: (source, cause, events, bytes) => {
        (this.#pumps.get(source)?.ledger ?? this.ledger).lostUnread(cause, events, bytes);
      },
    });
  }

  get pumps(): readonly SourcePump[] {
    return [...this.#pumps.values()];
  }

  get groupStatus(): GroupStatus {
    return this.#group.status?.() ?? {};
  }

  /** Why something is not as the plan asks for it, in words. */
  get troubles(): readonly string[] {
    const { readable, unreadable } = this.times.counts;
    const never = readable === 0 && unreadable >= FEW_EVENTS;
    return [
      ...(this.#group.troubles?.() ?? []),
      ...this.pumps.flatMap(({ trouble }) => trouble ?? []),
      ...(never ? [`none of ${unreadable} events bears a time that its timestamp format reads`] : []),
    ];
  }

  /** Time of the oldest unsettled event of all its sources; see `ReadTimes`. */
  get oldestUnsettledAt(): number | undefined {
    const times = this.pumps.flatMap((pump) => pump.times.oldestUnsettledAt ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  get newestSettledAt(): number | undefined {
    const times = this.pumps.flatMap((pump) => pump.times.newestSettledAt ?? []);
    return times.length === 0 ? undefined : Math.max(...times);
  }

  /** Bytes that are there and not settled; where nobody knows what is there, those that were read. */
  get behindBytes(): number {
    return this.#group.behindBytes?.() ?? this.ledger.document().inFlight.bytes;
  }

  /** Goes on as `plan` says, with offsets and all that is under way; false when it must be closed and opened anew. */
  reconfigure(plan: LogPlan, destination: Destination, newFilter: () => EventFilter): boolean {
    if (!this.#group.reconfigure?.(plan.source, destination)) return false;
    this.plan = plan;
    this.#newFilter = newFilter;
    this.times.begin();
    for (const pump of this.pumps) pump.change(newFilter(), plan.wish);
    // What waits for company in a stream that gets no more would hold up the checkpoint of all that follows in another.
    this.#parts.streams.flush();
    return true;
  }

  /** Reads to where there is nothing more now. Sources stay open, to be acknowledged. */
  async drain(): Promise<void> {
    this.#group.lookNow?.();
    await Promise.all(this.pumps.map((pump) => pump.drain()));
  }

  /** Resolves when all that is there now is read and settled. */
  async caughtUp(): Promise<void> {
    this.#group.lookNow?.();
    await Promise.all(this.pumps.map((pump) => pump.caughtUp()));
  }

  /** Ends it. What was read is settled first, as far as that goes in a while; offsets are kept. */
  async close(): Promise<void> {
    await this.#group.close();
    for (const pump of this.pumps) this.#leave(pump.source);
    await Promise.all(this.#leaving);
  }

  #open(source: LogSource): void {
    const pump = new SourcePump(
      this.#parts,
      source,
      new Ledger(this.ledger),
      this.#newFilter(),
      this.plan.wish,
      this.#patterns,
    );
    this.#pumps.set(source, pump);
  }

  #leave(source: LogSource): void {
    const pump = this.#pumps.get(source);
    if (!pump) return;
    const leaving = this.#retire(pump).finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  async #retire(pump: SourcePump): Promise<void> {
    const { clock, signal } = this.#parts;
    await pump.stop();
    this.#parts.streams.flush();
    await atMost(clock, RETIRE_MS, pump.settled(), signal);
    await pump.source.close();
    this.#pumps.delete(pump.source);
  }
}

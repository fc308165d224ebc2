import type { Clock, Random } from '#kit/clock.ts';
import type { Logger } from '#kit/logger.ts';
import { backoffDelay } from '#kit/retry.ts';
import type { Ledger } from './base/ledger.ts';
import type { LogEvent } from './base/log-event.ts';
import type { LogSource } from './base/log-source.ts';
import { carriesDate, datedName } from './names/name-template.ts';
import type { PatternCounts } from './pattern-counts.ts';
import type { EventFilter } from './event-filter.ts';
import type { LogGroupSpec } from './sink/log-group-spec.ts';
import type { LogStreams } from './sink/log-streams.ts';
import type { MemoryHold, MemoryBudget } from './sink/memory-budget.ts';
import type { StreamQueue } from './sink/stream-queue.ts';
import { footprint } from './sink/taken-event.ts';
import { SourceStrands } from './source-strands.ts';
import { StreamNames } from './stream-names.ts';

export interface PumpParts {
  readonly streams: LogStreams;
  readonly memory: MemoryBudget;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Ends everything at once. */
  readonly signal: AbortSignal;
}

/**
 * Most bytes that one read takes. What became of them should be garbage before V8 collects young objects for the second time, for then it
 * moves what is alive to the old generation, and most of the work would be to collect that.
 */
const READ_BYTES = 64 * 1024;

/** A source that had nothing is asked again after this. */
const IDLE_MS = 200;

const BROKEN_SOURCE = { baseMs: 1_000, capMs: 60_000 };
const DAY_MS = 86_400_000;

/** Moves events of one source into its streams, as far as there is memory for them. */
export class SourcePump {
  readonly source: LogSource;
  readonly ledger: Ledger;
  readonly #parts: PumpParts;
  #filter: EventFilter;
  #wish: LogGroupSpec;
  readonly #hold: MemoryHold;
  readonly #strands: SourceStrands;
  readonly #names = new StreamNames();
  readonly #patterns: PatternCounts | undefined;
  readonly #awake = new AbortController();
  /** No nap and no waiting for memory any more. */
  readonly #woken: AbortSignal;
  /** The read under way began after `drain`: when it finds nothing, there is nothing. */
  #draining = false;
  #mode: 'running' | 'draining' | 'stopped' = 'running';
  /** Told at the end of the next read that begins after they asked and finds nothing. */
  readonly #atTheEnd: (() => void)[] = [];
  #lastReadAt: number | undefined;
  #lastEventAt: number | undefined;
  readonly #running: Promise<void>;

  constructor(
    parts: PumpParts,
    source: LogSource,
    ledger: Ledger,
    filter: EventFilter,
    wish: LogGroupSpec,
    patterns?: PatternCounts,
  ) {
    this.#parts = parts;
    this.source = source;
    this.ledger = ledger;
    this.#filter = filter;
    this.#wish = wish;
    this.#woken = AbortSignal.any([parts.signal, this.#awake.signal]);
    this.#hold = parts.memory.hold();
    this.#patterns = patterns;
    this.#strands = new SourceStrands(
      ledger,
      this.#hold,
      (end, strand) => this.source.acknowledge(end, strand),
      (what) => patterns?.settled(what),
    );
    this.#running = this.#run();
  }

  get unsettled(): number {
    return this.#strands.unsettled;
  }

  /** Times of the events that were read: they tell how far behind the source is. */
  get times(): Pick<SourceStrands, 'oldestUnsettledAt' | 'newestSettledAt'> {
    return this.#strands;
  }

  /** Why events are not where the plan would have them, in words. */
  get trouble(): string | undefined {
    return this.#names.trouble(this.#parts.clock.monotonic());
  }

  /** When events came last, and the time the last of them bears; undefined before the first. */
  get last(): { readonly readAt: number | undefined; readonly eventAt: number | undefined } {
    return { readAt: this.#lastReadAt, eventAt: this.#lastEventAt };
  }

  /** For what is read from now on. */
  change(filter: EventFilter, wish: LogGroupSpec): void {
    this.#filter = filter;
    this.#wish = wish;
  }

  /** Reads on to where there is nothing more now, and ends. */
  async drain(): Promise<void> {
    this.#end('draining');
    await this.#running;
  }

  /** Reads no more. What was read goes on its way. */
  async stop(): Promise<void> {
    this.#end('stopped');
    await this.#running;
  }

  /** Resolves when all that is there now is read and settled, and goes on reading. Never, once it has ended. */
  async caughtUp(): Promise<void> {
    await new Promise<void>((resolve) => this.#atTheEnd.push(resolve));
    this.#parts.streams.flush();
    await this.settled();
  }

  /** Resolves when all that was read by now is settled. */
  settled(): Promise<void> {
    return this.#strands.settled();
  }

  #end(mode: 'draining' | 'stopped'): void {
    if (this.#mode !== 'stopped') this.#mode = mode;
    this.#awake.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#parts;
    for (let failures = 0; !signal.aborted && this.#mode !== 'stopped';) {
      try {
        await this.#hold.room(this.#mode === 'draining' ? signal : this.#woken);
        this.#draining = this.#mode === 'draining';
        const asked = this.#atTheEnd.length;
        let isAnyHeld = false;
        const events = await this.source.read(READ_BYTES, (strand) => {
          const isHeld = !this.#strands.hasRoom(strand);
          isAnyHeld ||= isHeld;
          return isHeld;
        });
        failures = 0;
        if (events.length > 0) {
          this.#take(events);
          continue;
        }
        // What was left out of the read has more to say once what it said before is settled.
        if (!isAnyHeld) for (const tell of this.#atTheEnd.splice(0, asked)) tell();
        if (this.#draining && !isAnyHeld) return;
        await this.#nap(IDLE_MS, isAnyHeld ? signal : this.#woken);
      } catch (error) {
        if (this.#mode === 'draining' && this.#draining) return;
        if (this.#woken.aborted) continue;
        if (failures === 0) {
          this.#parts.logger.warn('a source of logs cannot be read', {
            source: this.source.name,
            error: String(error),
          });
        }
        await this.#nap(backoffDelay(BROKEN_SOURCE, failures, this.#parts.random));
        failures += 1;
      }
    }
  }

  async #nap(ms: number, signal = this.#woken): Promise<void> {
    await this.#parts.clock.sleep(ms, signal).catch(() => {});
  }

  #take(events: readonly LogEvent[]): void {
    const lanes = this.#lanes();
    for (const event of events) {
      this.ledger.read(event.size);
      const account = this.#strands.accountOf(event.strand);
      const number = account.next(event.at);
      const passed = event.inherited === 'marker' ? event : this.#filter(event);
      if (passed) {
        account.memory.take(footprint(passed));
        // As it leaves this host: what is redacted is in no label.
        const { message, at, inherited } = passed;
        const measured = inherited === 'marker' ? undefined : this.#patterns?.measure(message, at);
        if (measured) account.measured(number, measured);
        lanes(passed).offer({ ...passed, account, number, readBytes: event.size });
      } else {
        this.ledger.filtered(event.size);
        account.progress.settle(number, number + 1, event.end);
      }
    }
    this.#strands.tookAll();
    this.#lastReadAt = this.#parts.clock.now();
    this.#lastEventAt = events.at(-1)?.at;
  }

  /** The queue of each event's stream. Those of one read are nearly all of one. */
  #lanes(): (event: LogEvent) => StreamQueue {
    const { group, stream, inheritedStream = stream } = this.source.destination;
    const dated = carriesDate(group) || carriesDate(stream);
    let lane: StreamQueue | undefined;
    let day: number | undefined;
    let name: string | undefined;
    let path: string | undefined;
    return (event) => {
      const itsDay = dated ? Math.floor(event.at / DAY_MS) : 0;
      const itsName = event.inherited === undefined ? stream : inheritedStream;
      if (lane === undefined || itsDay !== day || itsName !== name || event.path !== path) {
        day = itsDay;
        name = itsName;
        ({ path } = event);
        const ofFile =
          path === undefined ? name : this.#names.nameOf(name, path, this.#parts.clock.monotonic());
        const to = { group: datedName(group, event.at), stream: datedName(ofFile, event.at) };
        lane = this.#parts.streams.lane(to, this.#wish);
      }
      return lane;
    };
  }
}

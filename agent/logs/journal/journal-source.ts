import { isoTime } from '#kit/iso-time.ts';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Landing } from '#config-service';
import { atMost } from '#kit/at-most.ts';
import type { Clock, Random } from '#kit/clock.ts';
import type { Logger } from '#kit/logger.ts';
import { backoffDelay } from '#kit/retry.ts';
import type { Checkpoint } from '../base/checkpoints.ts';
import type { Destination } from '../base/destination.ts';
import { inheritedMarker } from '../base/inherited-marker.ts';
import type { LogEvent } from '../base/log-event.ts';
import type { LogSource } from '../base/log-source.ts';
import { splitMessage } from '../base/message-parts.ts';
import { formatRecord } from '../base/record-format.ts';
import type { JournalSettings } from '../entry/log-plan.ts';
import { createInstantReader, type WrittenTimes } from '../text/event-time.ts';
import type { InstantReader } from '../text/iso-time.ts';
import { JOURNAL_ENVIRONMENT, JournalChild } from './journal-child.ts';
import { followArguments, lookArguments, type JournalStart } from './journal-command.ts';
import { JournalPlaces, type Place } from './journal-places.ts';
import { headOf, readRecord, sequenceOf, writerOf, type JournalRecord } from './journal-record.ts';
import { RecordJoiner, type Joined } from './record-joiner.ts';
import { isUnitPattern, UnitSelection } from './unit-selection.ts';

export interface JournalParts {
  readonly name: string;
  readonly destination: Destination;
  readonly settings: JournalSettings;
  /** How the disk came to this instance. */
  readonly landing?: Landing | undefined;
  /** The executable, found in the system's PATH. */
  readonly journalctl: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly loadCheckpoint: () => Promise<Checkpoint | undefined>;
  readonly saveCheckpoint: (checkpoint: Checkpoint) => void;
  /** What the journal no longer has, or journalctl could not give: events as far as their number is known. */
  readonly lost: (cause: string, events: number) => void;
  /** Told of the time that each event bears, where the settings have it read. */
  readonly times?: WrittenTimes | undefined;
}

const RESTART = { baseMs: 500, capMs: 30_000 };
const LOOK_TIMEOUT_MS = 20_000;
const PIPE_WAIT_MS = 100;
const MOST_PASSES = 64;
const run = promisify(execFile);

/**
 * The journal through a `journalctl` that follows it, started again from where it was when it dies (case 68). The place is saved
 * only once what is before it was acknowledged. A place the journal has meanwhile thrown away is told, counted and gone on
 * from by time (cases 64, 67): at worst records of one microsecond come twice.
 */
export class JournalSource implements LogSource {
  readonly name: string;
  readonly destination: Destination;
  readonly #parts: JournalParts;
  /** Where journalctl is not trusted with the units; see `UnitSelection`. */
  readonly #selection: UnitSelection | undefined;
  readonly #joiner: RecordJoiner | undefined;
  readonly #timeOf: InstantReader | undefined;
  readonly #places = new JournalPlaces();
  #child: JournalChild | undefined;
  /** Read last: a new child goes on behind it. */
  #place: Place | undefined;
  #loaded = false;
  #failures = 0;
  #restartAt = 0;
  /** Until the first record behind a gap has come. */
  #gapAfter: Place | undefined;
  #isMarked = false;
  #complaint: string | undefined;

  constructor(parts: JournalParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.destination = parts.destination;
    const { units, multiline, flushMs, time } = parts.settings;
    this.#selection = units.some(isUnitPattern) ? new UnitSelection(units) : undefined;
    this.#joiner = multiline && new RecordJoiner(multiline, flushMs);
    this.#timeOf = time && createInstantReader(time, parts.clock);
  }

  /** What journalctl said when it ended, until it gives records again. */
  get complaint(): string | undefined {
    return this.#complaint;
  }

  async read(maxBytes: number): Promise<readonly LogEvent[]> {
    // Records that nobody wants must not cost a rest each time.
    for (let pass = 0; pass < MOST_PASSES; pass += 1) {
      this.#child ??= await this.#start();
      const lines = this.#child ? await this.#linesOf(this.#child, maxBytes) : [];
      const events = [...lines.flatMap((line) => this.#eventsOf(line)), ...this.#due()];
      this.#saveSettled();
      if (events.length > 0 || lines.length === 0) return events;
    }
    return [];
  }

  acknowledge(end: number): void {
    this.#places.acknowledge(end);
    this.#saveSettled();
  }

  async close(): Promise<void> {
    await this.#child?.stop();
    this.#child = undefined;
  }

  async #linesOf(child: JournalChild, maxBytes: number): Promise<readonly string[]> {
    const lines = child.lines(maxBytes);
    if (lines.length > 0) return lines;
    if (child.isOver) this.#bury(child);
    else await this.#wait(child);
    return child.lines(maxBytes);
  }

  #saveSettled(): void {
    const place = this.#places.takeSettled();
    if (place) this.#parts.saveCheckpoint({ ...place });
  }

  async #start(): Promise<JournalChild | undefined> {
    const { clock, journalctl, settings } = this.#parts;
    if (clock.monotonic() < this.#restartAt) return undefined;
    if (!this.#loaded) {
      this.#place = placeOf(await this.#parts.loadCheckpoint());
      this.#loaded = true;
    }
    const start = await this.#whereToStart();
    return new JournalChild(journalctl, followArguments(settings, start), () =>
      this.#parts.lost('recordTooLarge', 1),
    );
  }

  /** A cursor of what was vacuumed is no error of journalctl: it silently takes what is nearest. So it is looked up first. */
  async #whereToStart(): Promise<JournalStart> {
    const place = this.#place;
    if (!place) return this.#beginning();
    if (await this.#isThere(place.cursor)) return { kind: 'after', cursor: place.cursor };
    this.#gapAfter = place;
    return { kind: 'since', realtime: place.realtime };
  }

  /** What is older than the landing is another instance's (case 34). */
  #beginning(): JournalStart {
    const { landing, settings } = this.#parts;
    const { from, inherited } = settings;
    if (!landing || from === 'end' || inherited === 'ship') return { kind: from };
    return { kind: 'since', realtime: String(landing.at * 1000) };
  }

  async #isThere(cursor: string): Promise<boolean> {
    const { journalctl, settings } = this.#parts;
    try {
      const options = { timeout: LOOK_TIMEOUT_MS, maxBuffer: 1024 * 1024, env: JOURNAL_ENVIRONMENT };
      const { stdout } = await run(journalctl, lookArguments(settings, cursor), options);
      return readRecord(stdout.split('\n', 1)[0] ?? '')?.cursor === cursor;
    } catch {
      // It says so with an exit code, too, when a cursor is of another journal altogether.
      return false;
    }
  }

  /** For what is on its way through the pipe: it holds no more than 64 KiB at a time. */
  async #wait(child: JournalChild): Promise<void> {
    await atMost(this.#parts.clock, PIPE_WAIT_MS, child.change());
  }

  #bury(child: JournalChild): void {
    const { clock, random, logger } = this.#parts;
    this.#child = undefined;
    const delay = backoffDelay(RESTART, this.#failures, random);
    this.#restartAt = clock.monotonic() + delay;
    this.#complaint = child.complaint || 'journalctl has ended';
    if (this.#failures === 0)
      logger.warn('journalctl has ended and is started again', { error: child.complaint });
    this.#failures += 1;
  }

  #eventsOf(line: string): readonly LogEvent[] {
    const record = readRecord(line);
    if (!record) {
      this.#parts.lost('unreadable', 1);
      return [];
    }
    this.#failures = 0;
    this.#complaint = undefined;
    this.#closeGap(record);
    this.#place = { cursor: record.cursor, realtime: record.realtime };
    if (this.#selection?.matches(record.fields) === false) {
      this.#places.pass(record);
      return [];
    }
    if (!this.#joiner) {
      const events = this.#eventOf([record], record.text);
      this.#places.pass(record);
      return events;
    }
    this.#places.wait(record);
    const { clock } = this.#parts;
    return this.#eventsOfJoined(this.#joiner.take(writerOf(record), record, clock.monotonic()));
  }

  /** What has waited long enough for the rest of its record. */
  #due(): readonly LogEvent[] {
    return this.#eventsOfJoined(this.#joiner?.due(this.#parts.clock.monotonic()) ?? []);
  }

  #eventsOfJoined(joined: readonly Joined[]): readonly LogEvent[] {
    return joined.flatMap(({ records, text }) => {
      const events = this.#eventOf(records, text);
      for (const record of records) this.#places.settle(record);
      return events;
    });
  }

  /** One event, or parts of it; `records` are at least one. */
  #eventOf([first]: readonly JournalRecord[], text: string): readonly LogEvent[] {
    if (!first) return [];
    const before = this.#places.end;
    const written = this.#timeOf?.(text);
    if (this.#timeOf) this.#parts.times?.note(written);
    const message = formatRecord(this.#parts.settings.format, text, headOf(first));
    const events = splitMessage(message).map((part): LogEvent => {
      return { at: written ?? first.at, ...part, end: this.#places.next() };
    });
    return this.#marked(events, first.at, before);
  }

  /** Leaves out events older than the landing: another instance wrote them. */
  #marked(events: readonly LogEvent[], at: number, before: number): readonly LogEvent[] {
    const { landing, settings, clock } = this.#parts;
    const [first] = events;
    const ships = settings.inherited === 'ship';
    if (!landing || !ships || !first || at >= landing.at) return events;
    const marked = events.map((event): LogEvent => ({ ...event, inherited: 'event' }));
    if (this.#isMarked) return marked;
    this.#isMarked = true;
    return [inheritedMarker({ landing, where: 'the journal', now: clock.now() }, first, before), ...marked];
  }

  #closeGap({ cursor, realtime }: JournalRecord): void {
    const before = this.#gapAfter;
    if (!before) return;
    this.#gapAfter = undefined;
    const missing = this.#missingBetween(before.cursor, cursor);
    this.#parts.lost('journalGap', missing ?? 0);
    this.#parts.logger.warn('the journal no longer holds what comes after the last record that was shipped', {
      after: isoTime(Number(before.realtime) / 1000),
      until: isoTime(Number(realtime) / 1000),
      missing: missing ?? 'unknown',
    });
  }

  /** Undefined where sequence numbers do not tell: of a selection, or of two journals. */
  #missingBetween(last: string, next: string): number | undefined {
    const { units, priority, matches } = this.#parts.settings;
    if (units.length > 0 || priority !== undefined || matches.length > 0) return undefined;
    const [from, to] = [sequenceOf(last), sequenceOf(next)];
    return from && to && from.id === to.id ? Math.max(0, to.number - from.number - 1) : undefined;
  }
}

function placeOf(checkpoint: Checkpoint | undefined): Place | undefined {
  const { cursor, realtime } = checkpoint ?? {};
  return typeof cursor === 'string' && typeof realtime === 'string' && /^\d{1,18}$/.test(realtime)
    ? { cursor, realtime }
    : undefined;
}

import type { SealedRecords } from '#config-service';
import type { Clock } from '#kit/clock.ts';
import type { OutputEvent } from './output-segment.ts';
import {
  decodeDropped,
  decodeSegment,
  encodeDropped,
  encodeSegment,
  type Dropped,
} from './output-segment.ts';

export interface SpoolLimits {
  /** Most bytes that may wait, in memory and on the disk together. */
  readonly totalBytes: number;
  /** Most bytes that may be in memory. */
  readonly memoryBytes: number;
  readonly segmentBytes: number;
  /** A segment that is not full is written after this. */
  readonly saveMs: number;
}

export const SPOOL_LIMITS: SpoolLimits = {
  totalBytes: 16 * 1024 * 1024,
  memoryBytes: 4 * 1024 * 1024,
  segmentBytes: 128 * 1024,
  saveMs: 1_000,
};

/** Beside the segments: what found no room, until somebody counts it. */
const DROPPED = 'dropped';

const NOTHING: Dropped = { events: 0, bytes: 0 };

interface Segment {
  readonly order: number;
  readonly name: string;
  /** Undefined: on the disk only. */
  events: OutputEvent[] | undefined;
  bytes: number;
  saved: boolean;
  closed: boolean;
}

/** A stretch of what was written. */
export interface SpoolStretch {
  /** Grows from one record to the next. */
  readonly order: number;
  /** Grows while it is not closed. */
  readonly events: readonly OutputEvent[];
  isClosed(): boolean;
}

/**
 * What cannot be read again from where it came: kept until it is acknowledged, in memory first and on the disk a moment later.
 * Bounded: what does not fit is not taken, and counted. With no store it is in memory only.
 */
export class OutputSpool {
  readonly #store: SealedRecords | undefined;
  readonly #clock: Clock;
  readonly #limits: SpoolLimits;
  readonly #opened: Promise<void>;
  #segments: Segment[] = [];
  #sequence = 0;
  /** Marks records of this process: those of one before it have other names. */
  readonly #run: string;
  #dropped = NOTHING;
  #droppedSaved = NOTHING;
  #saving = false;
  #removing: Promise<unknown> = Promise.resolve();
  /** Something came since the last write began. */
  #asked = false;
  #hurry = new AbortController();

  constructor(store: SealedRecords | undefined, clock: Clock, limits: SpoolLimits = SPOOL_LIMITS) {
    this.#store = store;
    this.#clock = clock;
    this.#limits = limits;
    this.#run = String(clock.now()).padStart(14, '0');
    this.#opened = this.#findLeft();
  }

  /** False when there is no room. */
  add(event: OutputEvent): boolean {
    const cost = event.size + event.label.length + 64;
    const { totalBytes, memoryBytes, segmentBytes } = this.#limits;
    const inMemory = this.#segments.filter(({ events }) => events !== undefined);
    if (sumOf(this.#segments) + cost > totalBytes || sumOf(inMemory) + cost > memoryBytes) {
      this.#dropped = sumWith(this.#dropped, { events: 1, bytes: event.size });
      this.#saveSoon(false);
      return false;
    }
    const last = this.#segments.at(-1);
    const open = last && !last.closed ? last : this.#begin();
    open.events?.push(event);
    open.bytes += cost;
    open.saved = false;
    if (open.bytes >= segmentBytes) open.closed = true;
    this.#saveSoon(open.closed);
    return true;
  }

  /** What found no room, also in a process before this one, since this was asked last. */
  async takeDropped(): Promise<Dropped> {
    await this.#opened;
    const taken = this.#dropped;
    this.#dropped = NOTHING;
    if (this.#droppedSaved.events > 0) await this.#store?.remove(DROPPED);
    this.#droppedSaved = NOTHING;
    return taken;
  }

  /** The stretch behind that of `order`; undefined when there is none. */
  async next(order: number): Promise<SpoolStretch | undefined> {
    await this.#opened;
    const segment = this.#segments.find((one) => one.order > order);
    if (!segment) return undefined;
    const events = segment.events ?? (await this.#fetch(segment));
    return { order: segment.order, events, isClosed: () => segment.closed };
  }

  /** All of it was acknowledged; nothing more is added to it. */
  async remove(order: number): Promise<void> {
    const segment = this.#segments.find((one) => one.order === order);
    if (!segment) return;
    segment.closed = true;
    this.#segments = this.#segments.filter((one) => one !== segment);
    // Whether or not it is saved as it is now: an earlier state of it may lie there.
    this.#removing = this.#removing.then(() => this.#store?.remove(segment.name));
    await this.#removing;
  }

  /** Resolves when what was removed by now is off the disk. */
  async removed(): Promise<void> {
    await this.#removing;
  }

  async clear(): Promise<void> {
    await this.takeDropped();
    for (const { order } of this.#segments) await this.remove(order);
  }

  /** Writes what is not on the disk yet. */
  async save(): Promise<void> {
    await this.#opened;
    if (!this.#store) return;
    for (const segment of this.#segments.filter(({ saved }) => !saved)) {
      const { events } = segment;
      // Written by another save meanwhile, and let go from memory.
      if (!events) continue;
      const count = events.length;
      const outcome = await this.#store.save(segment.name, encodeSegment(events));
      // Acknowledged meanwhile: it must not come back at the next start.
      if (!this.#segments.includes(segment)) await this.#store.remove(segment.name);
      if (outcome.kind === 'ok' && count === events.length) segment.saved = true;
      if (segment.saved && segment.closed) segment.events = undefined;
    }
    const dropped = this.#dropped;
    if (dropped.events === this.#droppedSaved.events) return;
    const outcome =
      dropped.events === 0
        ? await this.#store.remove(DROPPED)
        : await this.#store.save(DROPPED, encodeDropped(dropped));
    if (outcome.kind === 'ok') this.#droppedSaved = dropped;
  }

  #begin(): Segment {
    this.#sequence += 1;
    const name = `${this.#run}-${String(this.#sequence).padStart(9, '0')}`;
    const segment = { order: this.#sequence, name, events: [], bytes: 0, saved: false, closed: false };
    this.#segments.push(segment);
    return segment;
  }

  async #fetch(segment: Segment): Promise<readonly OutputEvent[]> {
    const load = await this.#store?.load(segment.name);
    return load?.kind === 'loaded' ? decodeSegment(load.plaintext) : [];
  }

  /** A full segment waits for nothing: there is little memory for more of them. */
  #saveSoon(isFull: boolean): void {
    if (!this.#store) return;
    this.#asked = true;
    if (isFull) this.#hurry.abort();
    if (!this.#saving) void this.#saveAsked();
  }

  async #saveAsked(): Promise<void> {
    this.#saving = true;
    while (this.#asked) {
      await this.#clock.sleep(this.#limits.saveMs, this.#hurry.signal).catch(() => {});
      this.#asked = false;
      this.#hurry = new AbortController();
      await this.save();
    }
    this.#saving = false;
  }

  /** Finds what a process before this one wrote, which comes first. */
  async #findLeft(): Promise<void> {
    const names = await this.#store?.names();
    const left: Segment[] = [];
    for (const name of names?.kind === 'ok' ? names.value : []) {
      const load = await this.#store?.load(name);
      if (load?.kind !== 'loaded') continue;
      if (name === DROPPED) {
        this.#droppedSaved = decodeDropped(load.plaintext);
        this.#dropped = sumWith(this.#dropped, this.#droppedSaved);
        continue;
      }
      const bytes = load.plaintext.length;
      left.push({ order: left.length, name, events: undefined, bytes, saved: true, closed: true });
    }
    this.#segments = [...left.map((one) => ({ ...one, order: one.order - left.length })), ...this.#segments];
  }
}

function sumWith(one: Dropped, other: Dropped): Dropped {
  return { events: one.events + other.events, bytes: one.bytes + other.bytes };
}

function sumOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { bytes }) => sum + bytes, 0);
}

import type { Clock } from '#kit/clock.ts';
import type { LogEvent } from '../base/log-event.ts';
import { openText } from '../text/encoding.ts';
import { windowFor } from '../text/event-limit.ts';
import { createEventTime, type WrittenTimes } from '../text/event-time.ts';
import { RecordFramer, type CutMode, type LeftOut } from '../text/record-cutter.ts';
import type { TextRules } from '../text/text-rules.ts';
import type { OpenFile } from './file-system.ts';
import { HEAD_BYTES, MARKER_BYTES, stretchOf } from './fingerprint.ts';
import type { TailedFile } from './tailed-file.ts';
import type { WindowPool } from './window-pool.ts';

/** What one look at a file gave. `replaced`: the bytes before the offset are no longer those that were read. */
export type FileRead =
  | {
      readonly kind: 'read';
      readonly events: readonly LogEvent[];
      readonly consumed: number;
      readonly left: LeftOut;
    }
  | { readonly kind: 'replaced' };

export interface ReadRules {
  readonly text: TextRules;
  /** So long without growth, and what is not complete is an event all the same. */
  readonly flushMs: number;
}

/** What waits for its end longer than so many times `flushMs`, though the file grows, is not waited for. */
const MOST_FLUSHES = 10;

/** Reads the next window of a file, which begins with the bytes before the offset: one call to the system does both. */
export class FileReader {
  readonly #rules: ReadRules;
  readonly #windows: WindowPool;
  readonly #clock: Clock;
  readonly #times: WrittenTimes | undefined;

  /** @param times told of the time that each event bears. */
  constructor(rules: ReadRules, windows: WindowPool, clock: Clock, times: WrittenTimes | undefined) {
    this.#rules = rules;
    this.#windows = windows;
    this.#clock = clock;
    this.#times = times;
  }

  /** When what is pending at the end of a file is due; undefined when nothing is. */
  flushAt(file: TailedFile): number | undefined {
    const cursor = file.read;
    // What could not be flushed, half a character or NULs, waits for more.
    if (cursor.pendingFrom < 0 || cursor.flushedAt > file.grownAt) return undefined;
    const { flushMs } = this.#rules;
    return Math.min(file.grownAt + flushMs, cursor.pendingSince + flushMs * MOST_FLUSHES);
  }

  /** @param shift from offsets of the file to the `end` of events. */
  async read(file: TailedFile, open: OpenFile, maxBytes: number, shift: number): Promise<FileRead> {
    const cutter = (file.read.framer ??= await this.#cutterFor(open, file));
    if (!cutter) {
      file.read.hasReachedEnd = true;
      return NOTHING;
    }
    const small = await this.#windows.lend((window) =>
      this.#readWindow(file, cutter, open, window.subarray(0, Math.max(maxBytes, SMALLEST)), shift),
    );
    if (small !== 'short') return small;
    const read = await this.#windows.lendLarge(windowFor(this.#rules.text.maxEventBytes), async (window) => {
      const first = await this.#readWindow(file, cutter, open, window, shift);
      return first === 'short' || !isHole(first) ? first : getAcross(first, file, open, window);
    });
    return read === 'short' ? NOTHING : read;
  }

  async #readWindow(
    file: TailedFile,
    cutter: RecordFramer,
    open: OpenFile,
    window: Buffer,
    shift: number,
  ): Promise<FileRead | 'short'> {
    const lead = file.read.tail.length;
    file.isDirty = false;
    const count = await open.read(window, file.read.offset - lead);
    if (count < lead || window.compare(file.read.tail, 0, lead, 0, lead) !== 0) return { kind: 'replaced' };
    file.verified();
    const isEnd = count < window.length;
    const bytes = window.subarray(lead, count);
    const mode = isEnd ? this.#modeAtEnd(file, bytes.length) : 'growing';
    const { events, consumed, left } = cutter.cut(bytes, file.read.offset, shift, mode);
    if (consumed === 0 && !isEnd) return 'short';
    if (consumed > 0) await this.#advance(file, open, window.subarray(0, lead + consumed), consumed);
    this.#note(file, bytes.length - consumed, isEnd);
    return { kind: 'read', events, consumed, left };
  }

  #modeAtEnd(file: TailedFile, unread: number): CutMode {
    const cursor = file.read;
    const now = this.#clock.monotonic();
    if (cursor.offset + unread > file.size) {
      file.size = cursor.offset + unread;
      file.grownAt = now;
    }
    if (file.isFinal) return 'final';
    const due = this.flushAt(file);
    if (due === undefined || cursor.pendingFrom !== cursor.offset || now < due) return 'growing';
    cursor.flushedAt = now;
    return 'flush';
  }

  async #advance(
    { read: cursor }: TailedFile,
    open: OpenFile,
    read: Buffer,
    consumed: number,
  ): Promise<void> {
    cursor.offset += consumed;
    cursor.tail = Buffer.from(read.subarray(Math.max(0, read.length - MARKER_BYTES)));
    const head = Math.min(HEAD_BYTES, cursor.offset);
    // What was seen before the first read may have been written over since.
    if (cursor.head.length === head && cursor.offset > consumed) return;
    const bytes = Buffer.alloc(head);
    // Truncated meanwhile: the shorter head that is known stays true.
    if ((await open.read(bytes, 0)) === head) cursor.head = stretchOf(bytes, head);
  }

  #note(file: TailedFile, pending: number, isEnd: boolean): void {
    const cursor = file.read;
    cursor.hasReachedEnd ||= isEnd;
    if (!isEnd) file.isDirty = true;
    if (!isEnd || pending === 0) cursor.pendingFrom = -1;
    else if (cursor.pendingFrom !== cursor.offset) {
      cursor.pendingFrom = cursor.offset;
      cursor.pendingSince = this.#clock.monotonic();
    }
  }

  /** Undefined as long as the file may begin with a mark of which only a part was written. */
  async #cutterFor(open: OpenFile, { isFinal, inherited }: TailedFile): Promise<RecordFramer | undefined> {
    const head = Buffer.alloc(3);
    const count = await open.read(head, 0);
    if (!isFinal && (count === 0 || (count < 3 && (head[0] ?? 0) >= 0xef))) return undefined;
    const { text } = this.#rules;
    const border = typeof inherited === 'number' ? undefined : inherited;
    const told = [border, this.#times].filter((one) => one !== undefined);
    const opened = openText(text.encoding, head.subarray(0, count));
    return new RecordFramer(text, opened, createEventTime(text.time, this.#clock, told));
  }
}

/** A window that was consumed, and held nothing else. */
function isHole(read: FileRead): read is Extract<FileRead, { kind: 'read' }> {
  return read.kind === 'read' && read.consumed > 0 && read.left.nulls === read.consumed;
}

/**
 * Goes on as long as there is nothing but NULs: `lastlog` has 40 GB of them, which take no room on the disk, and which the kernel
 * hands out far faster than they could be looked at as lines. Node has no SEEK_DATA.
 */
async function getAcross(
  first: Extract<FileRead, { kind: 'read' }>,
  file: TailedFile,
  open: OpenFile,
  window: Buffer,
): Promise<FileRead> {
  let skipped = 0;
  while (skipped < MOST_SKIPPED) {
    const count = await open.read(window, file.read.offset);
    if (count < window.length || !isZero(window)) break;
    file.read.offset += count;
    skipped += count;
  }
  if (skipped > 0) file.read.tail = Buffer.alloc(MARKER_BYTES);
  const { consumed, left } = first;
  return { ...first, consumed: consumed + skipped, left: { ...left, nulls: left.nulls + skipped } };
}

/** Each byte is the one before it, and the first is 0. */
function isZero(bytes: Buffer): boolean {
  return bytes[0] === 0 && bytes.compare(bytes, 1, bytes.length, 0, bytes.length - 1) === 0;
}

/** At a time: others want to be read, too. */
const MOST_SKIPPED = 256 * 1024 * 1024;

const NOTHING: FileRead = { kind: 'read', events: [], consumed: 0, left: { truncated: 0, nulls: 0 } };

/** Marker and a few lines: no caller is so short of room that a read would be in vain. */
const SMALLEST = 16 * 1024;

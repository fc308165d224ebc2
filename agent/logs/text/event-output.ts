import { isAscii, isUtf8 } from 'node:buffer';
import type { LogEvent } from '../base/log-event.ts';
import type { Encoding } from './encoding.ts';
import type { EventTime } from './event-time.ts';

const NOTHING = Buffer.alloc(0);

/**
 * ASCII becomes text in pieces of so many bytes. One of more than 128 KiB has a page of its own in V8, which the first scavenge that meets
 * it alive gives to the old generation: with a text for each window, four in five collections were whole ones.
 */
const PIECE_BYTES = 64 * 1024;

/**
 * Turns ranges of one window of bytes into events. What can be known of the window as a whole is asked once: a window of
 * ASCII is decoded in large pieces and cut like a string, one of valid UTF-8 needs no second look for the sizes of its events.
 */
export class EventOutput {
  #events: LogEvent[] = [];
  readonly #encoding: Encoding;
  readonly #timeOf: EventTime;
  /** The window that is cut now. */
  bytes: Buffer = NOTHING;
  #isAscii = false;
  /** Of a window of ASCII the text from `#pieceFrom` on, as far as it is decoded. */
  #piece = '';
  #pieceFrom = 0;
  #valid = false;
  #shift = 0;

  constructor(encoding: Encoding, timeOf: EventTime) {
    this.#encoding = encoding;
    this.#timeOf = timeOf;
  }

  /** @param shift from an index of `bytes` to the position that events say they end at. */
  open(bytes: Buffer, shift: number): void {
    this.bytes = bytes;
    this.#shift = shift;
    this.#isAscii = this.#encoding.extendsAscii && isAscii(bytes);
    // Half a character at the end belongs to a line that is not complete.
    const whole = this.#encoding.isUtf8 ? this.#encoding.boundary(bytes, 0, bytes.length) : 0;
    this.#valid = this.#isAscii || (this.#encoding.isUtf8 && isUtf8(bytes.subarray(0, whole)));
  }

  /** The events since the last time. */
  take(): readonly LogEvent[] {
    const events = this.#events;
    this.#events = [];
    // A window is lent: it must not be kept.
    this.#piece = '';
    this.#pieceFrom = 0;
    this.bytes = NOTHING;
    return events;
  }

  text(from: number, to: number): string {
    if (!this.#isAscii) return this.#encoding.decode(this.bytes, from, to);
    if (from < this.#pieceFrom || to > this.#pieceFrom + this.#piece.length) {
      this.#piece = this.bytes.toString('latin1', from, Math.max(to, from + PIECE_BYTES));
      this.#pieceFrom = from;
    }
    return this.#piece.slice(from - this.#pieceFrom, to - this.#pieceFrom);
  }

  /** Upper bound of the bytes of UTF-8 that `bytes` of the file become: a byte that is no character becomes three. */
  atMost(bytes: number): number {
    return this.#valid ? bytes : bytes * 3;
  }

  /** Exactly. */
  sizeOf(from: number, to: number): number {
    return this.#valid ? to - from : Buffer.byteLength(this.text(from, to));
  }

  /** One event out of `[from, to)`, which is not empty; it ends in the file at `next`. */
  emit(from: number, to: number, next: number): void {
    const message = this.text(from, to);
    const size = this.#valid ? to - from : Buffer.byteLength(message);
    this.#events.push({ at: this.#timeOf(message), message, size, end: next + this.#shift });
  }

  /** Of lines whose ends are `\r\n`, or which need a word of ours around them. */
  emitText(message: string, next: number): void {
    this.#events.push({
      at: this.#timeOf(message),
      message,
      size: Buffer.byteLength(message),
      end: next + this.#shift,
    });
  }
}

import type { LogEvent } from '../base/log-event.ts';
import type { Encoding, OpenedText } from './encoding.ts';
import { EventOutput } from './event-output.ts';
import type { EventTime } from './event-time.ts';
import { LongLine } from './long-line.ts';
import type { Multiline, TextRules } from './text-rules.ts';

/**
 * What may be cut besides complete records: `flush` after a time without growth also what is not complete, but no half
 * character, for the writer may go on; `final` all of it, for nobody will.
 */
export type CutMode = 'growing' | 'flush' | 'final';

export interface Cut {
  readonly events: readonly LogEvent[];
  /** So many bytes of the window are done with: the next window begins behind them. */
  readonly consumed: number;
  readonly left: LeftOut;
}

/** Bytes of the window that are in no event though they were no line ends: of truncated lines, and of holes. */
export interface LeftOut {
  readonly truncated: number;
  readonly nulls: number;
}

/**
 * Cuts the bytes of one file into events. Holds no bytes from one window to the next: a record that is not complete is read
 * again from its first byte, which is also where a checkpoint stands (cases 29, 30).
 */
export class RecordFramer {
  readonly #multiline: Multiline | undefined;
  readonly #encoding: Encoding;
  readonly #mark: number;
  readonly #output: EventOutput;
  readonly #longLine: LongLine;
  /** Whether a line that began a record was seen: until then each line is a record of its own (case 41). */
  #hasBegun = false;
  /** Bytes of a hole that a truncated file got when its writer went on at its old position (case 11). */
  #nulls = 0;
  /** The window ends in NULs, which may still be written over: a file that was allocated ahead looks like a hole. */
  #endsInNulls = false;

  constructor(rules: TextRules, { encoding, mark }: OpenedText, timeOf: EventTime) {
    this.#multiline = rules.multiline;
    this.#encoding = encoding;
    this.#mark = mark;
    this.#output = new EventOutput(encoding, timeOf);
    this.#longLine = new LongLine(rules, encoding, this.#output);
  }

  /**
   * @param bytes from the end of what was consumed before; a window of at least `windowFor` bytes always gets on.
   * @param offset of the first of them in the file.
   * @param shift from an offset in the file to what events say as their `end`.
   */
  cut(bytes: Buffer, offset: number, shift: number, mode: CutMode): Cut {
    this.#output.open(bytes, offset + shift);
    this.#endsInNulls = false;
    const start = offset === 0 ? Math.min(this.#mark, bytes.length) : 0;
    const consumed = this.#multiline ? this.#records(start, mode, this.#multiline) : this.#lines(start, mode);
    const left = { truncated: this.#longLine.truncated, nulls: this.#nulls };
    this.#longLine.truncated = 0;
    this.#nulls = 0;
    return { events: this.#output.take(), consumed, left };
  }

  #lines(start: number, mode: CutMode): number {
    const { unit } = this.#encoding;
    let from = this.#skipNulls(start);
    for (;;) {
      const to = this.#encoding.newline(this.#output.bytes, from);
      if (to < 0) return this.#rest(from, mode);
      this.#line(from, to, to + unit);
      from = this.#skipNulls(to + unit);
    }
  }

  /** One line, `[from, to)` without its newline. */
  #line(from: number, to: number, next: number): void {
    const end = this.#withoutReturn(from, to);
    if (this.#longLine.isUnderWay || !this.#longLine.fits(from, end)) this.#longLine.end(from, end, next);
    else if (end > from) this.#output.emit(from, end, next);
  }

  /** What stands behind the last newline. */
  #rest(from: number, mode: CutMode): number {
    const { length } = this.#output.bytes;
    if (this.#endsInNulls) return from;
    const to = mode === 'final' ? length : this.#encoding.boundary(this.#output.bytes, from, length);
    // What is left out needs no window that an event would fit in.
    if (this.#longLine.isSkipping || !this.#longLine.fits(from, length))
      return this.#longLine.continue(from, to);
    if (mode === 'growing' || from === length) return from;
    this.#line(from, to, to);
    return to;
  }

  #records(start: number, mode: CutMode, multiline: Multiline): number {
    const { unit } = this.#encoding;
    let from = this.#skipNulls(start);
    // The lines gathered so far are [first, last), the next begins at `from`.
    let first = from;
    let last = from;
    const close = () => {
      if (last > first) this.#record(first, last, from);
      first = from;
      last = from;
    };
    for (;;) {
      const newline = this.#encoding.newline(this.#output.bytes, from);
      if (newline < 0) break;
      const end = this.#withoutReturn(from, newline);
      const isEdge = multiline.pattern(this.#output.text(from, end));
      if (isEdge && multiline.by === 'start') close();
      if (!this.#longLine.fits(first, end)) close();
      this.#hasBegun ||= isEdge || multiline.by === 'end';
      if (end > from) last = end;
      from = newline + unit;
      const isDone = (isEdge && multiline.by === 'end') || this.#longLine.isUnderWay;
      if (isDone || !this.#hasBegun || !this.#longLine.fits(first, end)) close();
      if (last === first) first = last = from = this.#skipNulls(from);
    }
    const { length } = this.#output.bytes;
    if (this.#endsInNulls) return from;
    if (!this.#longLine.fits(first, length)) close();
    const to = mode === 'final' ? length : this.#encoding.boundary(this.#output.bytes, from, length);
    if (this.#longLine.isSkipping || !this.#longLine.fits(first, length))
      return this.#longLine.continue(first, to);
    if (mode === 'growing') return first;
    if (multiline.by === 'start' && from < length && multiline.pattern(this.#output.text(from, length))) {
      close();
      this.#hasBegun = true;
    }
    if (to > from) last = from = to;
    close();
    return from;
  }

  /** Lines `[from, to)` that are one event. */
  #record(from: number, to: number, next: number): void {
    const newline = this.#encoding.newline(this.#output.bytes, from);
    if (newline < 0 || newline >= to || this.#longLine.isUnderWay) {
      this.#line(from, to, next);
      return;
    }
    const text = this.#output.text(from, to);
    if (text.includes('\r\n')) this.#output.emitText(text.replaceAll('\r\n', '\n'), next);
    else this.#output.emit(from, to, next);
  }

  #withoutReturn(from: number, to: number): number {
    const { bytes } = this.#output;
    const { unit, label } = this.#encoding;
    const at = to - unit;
    if (at < from) return to;
    if (unit === 1) return bytes[at] === RETURN ? at : to;
    const isReturn =
      label === 'utf-16le'
        ? bytes[at] === RETURN && bytes[at + 1] === 0
        : bytes[at] === 0 && bytes[at + 1] === RETURN;
    return isReturn ? at : to;
  }

  /** Only where a line begins: NULs within one are text. */
  #skipNulls(from: number): number {
    const { bytes } = this.#output;
    if (bytes[from] !== 0) return from;
    const { unit } = this.#encoding;
    let at = from;
    while (at + unit <= bytes.length && bytes[at] === 0 && bytes[at + unit - 1] === 0) at += unit;
    this.#endsInNulls = at + unit > bytes.length;
    if (this.#endsInNulls && (from > 0 || bytes.length < HOLE)) return from;
    this.#nulls += at - from;
    return at;
  }
}

const RETURN = 0x0d;
/** So many NULs in a row are a hole that a reader has to get across. */
const HOLE = 1024 * 1024;

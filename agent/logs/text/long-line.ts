import type { Encoding } from './encoding.ts';
import type { EventOutput } from './event-output.ts';
import type { TextRules } from './text-rules.ts';

/** Room for the words that say a part is one. */
const WORDS = 64;

/**
 * A line that no event has room for. Split, each part but the last ends in ` [continued]`, and each but the first begins
 * with `[part N] `; truncated, the first ends in ` [truncated]` and what follows up to the newline is counted. Either works
 * on lines whose end has not been seen, in constant memory.
 */
export class LongLine {
  readonly #rules: TextRules;
  readonly #encoding: Encoding;
  readonly #output: EventOutput;
  /** How many parts of the line under way were emitted. */
  #parts = 0;
  /** Bytes of files that were left out of events. */
  truncated = 0;

  constructor(rules: TextRules, encoding: Encoding, output: EventOutput) {
    this.#rules = rules;
    this.#encoding = encoding;
    this.#output = output;
  }

  get isUnderWay(): boolean {
    return this.#parts > 0;
  }

  /** Nothing up to the newline is wanted any more. */
  get isSkipping(): boolean {
    return this.#rules.longLines === 'truncate' && this.#parts > 0;
  }

  fits(from: number, to: number): boolean {
    const limit = this.#rules.maxEventBytes;
    return this.#output.atMost(to - from) <= limit || this.#output.sizeOf(from, to) <= limit;
  }

  /** The line ends in this window: `[from, to)` is all that is left of it, `next` is behind its newline. */
  end(from: number, to: number, next: number): void {
    if (this.isSkipping) this.truncated += to - from;
    else {
      const rest = this.#split(from, to);
      if (rest < to) this.#emit(rest, to, next, '');
    }
    this.#parts = 0;
  }

  /** The end of the line is not in sight. Returns how far it was used up, so that the rest fits an event. */
  continue(from: number, to: number): number {
    return this.#split(from, to);
  }

  #split(start: number, to: number): number {
    let from = start;
    for (;;) {
      if (this.isSkipping) {
        this.truncated += to - from;
        return to;
      }
      const step = this.#stepFrom(from, to);
      if (step >= to - from) return from;
      const place = this.#encoding.boundary(this.#output.bytes, from, from + step);
      this.#emit(from, place, place, this.#rules.longLines === 'truncate' ? ' [truncated]' : ' [continued]');
      from = place;
    }
  }

  /** How many bytes surely fit, words included; all there are when these do. */
  #stepFrom(from: number, to: number): number {
    const room = this.#rules.maxEventBytes - WORDS;
    const end = to - from <= room ? to : this.#encoding.boundary(this.#output.bytes, from, from + room);
    return this.#output.sizeOf(from, end) <= room ? end - from : Math.floor(room / 3);
  }

  #emit(from: number, to: number, next: number, suffix: string): void {
    const prefix = this.#parts === 0 ? '' : `[part ${this.#parts + 1}] `;
    this.#parts += 1;
    this.#output.emitText(`${prefix}${this.#output.text(from, to)}${suffix}`, next);
  }
}

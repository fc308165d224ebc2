import { datumOf, isSendable, type QueuedDatum } from './datum.ts';
import { Distribution } from './distribution.ts';
import { seriesKey, type Series } from './series.ts';

interface Cell {
  readonly series: Series;
  readonly values: Distribution;
}

export interface AggregatorOptions {
  /** Length of a window in milliseconds. Windows begin at multiples of it since the epoch. */
  readonly windowMs: number;
  readonly highResolution: boolean;
}

/** A clock that jumps to and fro opens windows; more of them than this are closed early. */
const MAX_WINDOWS = 8;

/** Samples by series and window, until the window is over. */
export class Aggregator {
  readonly #options: AggregatorOptions;
  readonly #windows = new Map<number, Map<string, Cell>>();
  /** Samples that no CloudWatch would take: not a number, infinite, or beyond 2^360. */
  invalid = 0;

  constructor(options: AggregatorOptions) {
    this.#options = options;
  }

  /** @param at milliseconds since the epoch. */
  add(series: Series, value: number, at: number, count = 1): void {
    if (!isSendable(value) || !isSendable(value * count) || !(count > 0)) {
      this.invalid += 1;
      return;
    }
    const start = this.windowAt(at);
    let window = this.#windows.get(start);
    if (!window) this.#windows.set(start, (window = new Map()));
    const key = seriesKey(series);
    let cell = window.get(key);
    if (!cell) window.set(key, (cell = { series, values: new Distribution() }));
    cell.values.add(value, count);
  }

  windowAt(at: number): number {
    return Math.floor(at / this.#options.windowMs) * this.#options.windowMs;
  }

  /** Gives up what is over at `now`; also windows ahead of it, once there are too many. Oldest first. */
  closeBefore(now: number): readonly QueuedDatum[] {
    const over = (start: number): boolean => start + this.#options.windowMs <= now;
    const starts = [...this.#windows.keys()].toSorted((a, b) => a - b);
    const extra = starts.slice(0, Math.max(0, starts.length - MAX_WINDOWS));
    return starts
      .filter((start) => over(start) || extra.includes(start))
      .flatMap((start) => this.#close(start));
  }

  /** Gives up everything: what follows in the same window becomes a second datum, and CloudWatch adds them up. */
  closeAll(): readonly QueuedDatum[] {
    return [...this.#windows.keys()].toSorted((a, b) => a - b).flatMap((start) => this.#close(start));
  }

  #close(start: number): readonly QueuedDatum[] {
    const cells = [...(this.#windows.get(start)?.values() ?? [])];
    this.#windows.delete(start);
    return cells.map(({ series, values }) => datumOf(series, values, start, this.#options.highResolution));
  }
}

import { PERIOD_MS } from './simulated-time.ts';

const DAY_SECONDS = 86_400;
const PERIOD_SECONDS = PERIOD_MS / 1000;

/** Seconds of the day, `until` excluded. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** Requests of one kind, for each second of the day. */
export class RequestCounts {
  readonly #seconds = new Uint32Array(DAY_SECONDS);
  readonly #startMs: number;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  note(atMs: number): void {
    const second = Math.floor((atMs - this.#startMs) / 1000);
    this.#seconds[second] = (this.#seconds[second] ?? 0) + 1;
  }

  at(second: number): number {
    return this.#seconds[second] ?? 0;
  }

  total({ from, until }: Span = { from: 0, until: DAY_SECONDS }): number {
    return this.#seconds.subarray(from, until).reduce((sum, count) => sum + count, 0);
  }

  /** The most in `width` seconds that follow each other, as requests a second. */
  busiest({ from, until }: Span = { from: 0, until: DAY_SECONDS }, width = 1): number {
    let [sum, most] = [0, 0];
    for (let second = from; second < until; second += 1) {
      sum += this.at(second) - (second - width >= from ? this.at(second - width) : 0);
      if (second - from + 1 >= width) most = Math.max(most, sum);
    }
    return most / width;
  }

  /** Whether the period before `second` was, second by second, the one before that. */
  isPeriodic(second: number): boolean {
    for (let back = 1; back <= PERIOD_SECONDS; back += 1)
      if (this.at(second - back) !== this.at(second - back - PERIOD_SECONDS)) return false;
    return true;
  }

  /** Writes the period before `second` down for each of the `periods` that follow. */
  repeat(second: number, periods: number): void {
    for (let next = second; next < second + periods * PERIOD_SECONDS; next += 1)
      this.#seconds[next] = this.at(next - PERIOD_SECONDS);
  }
}

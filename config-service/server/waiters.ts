import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../kit/clock.ts';
import type { ApiCounts } from './api-counts.ts';
import type { Desk } from './desk.ts';

/** How a blocking query ended: something may have changed, time is up (or the server closes), no room, or nobody to tell. */
export type Held = 'changed' | 'unchanged' | 'full' | 'gone';

/** Of queries and streams, the share on top of those that any program of the host may have, for who comes by the socket. */
export const KEPT_FOR_TRUSTED = 0.25;

/** The blocking queries under way, bounded. */
export class Waiters {
  readonly #desk: Desk;
  readonly #clock: Clock;
  readonly #counts: ApiCounts;
  readonly #capacity: number;
  readonly #open = new Map<AbortController, ServerResponse>();
  #draining = false;

  constructor(desk: Desk, clock: Clock, counts: ApiCounts, capacity = 256) {
    this.#desk = desk;
    this.#clock = clock;
    this.#counts = counts;
    this.#capacity = capacity;
  }

  /** On which somebody waits. */
  get sockets(): readonly Socket[] {
    return [...this.#open.values()].flatMap(({ socket }) => socket ?? []);
  }

  /**
   * Waits until a new generation makes `unchanged` false, at most `ms` milliseconds.
   * @param trusted is let in beyond what others may use up, so that no user of the host takes all of it.
   */
  async hold(
    response: ServerResponse,
    ms: number,
    unchanged: () => boolean,
    trusted: boolean,
  ): Promise<Held> {
    if (this.#draining) return 'unchanged';
    if (this.#open.size >= this.#capacity * (trusted ? 1 + KEPT_FOR_TRUSTED : 1)) {
      this.#counts.turnedAway += 1;
      return 'full';
    }
    const waiter = new AbortController();
    const stop = (): void => waiter.abort();
    this.#open.set(waiter, response);
    this.#counts.waiting = this.#open.size;
    response.once('close', stop);
    void this.#clock.sleep(ms, waiter.signal).then(stop, () => {});
    try {
      return await this.#untilChanged(response, waiter.signal, unchanged);
    } finally {
      response.off('close', stop);
      stop();
      this.#open.delete(waiter);
      this.#counts.waiting = this.#open.size;
    }
  }

  /** Ends every wait now, and every later one at once. */
  drain(): void {
    this.#draining = true;
    for (const waiter of this.#open.keys()) waiter.abort();
  }

  async #untilChanged(
    response: ServerResponse,
    signal: AbortSignal,
    unchanged: () => boolean,
  ): Promise<Held> {
    for (;;) {
      const digest = this.#desk.generation()?.digest;
      if (digest === undefined || !unchanged()) return 'changed';
      // A generation may change without changing what this client waits for: then wait on.
      if (await this.#desk.changed(digest, signal)) continue;
      return response.destroyed ? 'gone' : 'unchanged';
    }
  }
}

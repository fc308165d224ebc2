import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../../kit/clock.ts';
import type { ApiCounts } from '../backend/api-counts.ts';
import type { ApiBackend } from '../backend/api-backend.ts';
import type { HeldPlaces } from './held-places.ts';

/** How a blocking query ended: something may have changed, time is up (or the server closes), no room, or nobody to tell. */
export type Held = 'changed' | 'unchanged' | 'full' | 'gone';

/** The blocking queries under way. */
export class Waiters {
  readonly #backend: ApiBackend;
  readonly #clock: Clock;
  readonly #counts: ApiCounts;
  readonly #places: HeldPlaces;
  #draining = false;

  constructor(backend: ApiBackend, clock: Clock, counts: ApiCounts, places: HeldPlaces) {
    this.#backend = backend;
    this.#clock = clock;
    this.#counts = counts;
    this.#places = places;
  }

  /** On which somebody waits. */
  get sockets(): readonly Socket[] {
    return this.#places.sockets;
  }

  /**
   * Waits until a new generation makes `unchanged` false, at most `ms` milliseconds, less when its place is needed.
   * @param trusted is let in beyond what others may use up.
   */
  async hold(
    response: ServerResponse,
    ms: number,
    unchanged: () => boolean,
    trusted: boolean,
  ): Promise<Held> {
    if (this.#draining) return 'unchanged';
    const waiter = new AbortController();
    const stop = (): void => waiter.abort();
    const leave = await this.#places.take(response, trusted, stop);
    if (leave === undefined) return this.#draining ? 'unchanged' : response.destroyed ? 'gone' : 'full';
    this.#counts.waiting = this.#places.size;
    response.once('close', stop);
    void this.#clock.sleep(ms, waiter.signal).then(stop, () => {});
    try {
      return await this.#untilChanged(response, waiter.signal, unchanged);
    } finally {
      response.off('close', stop);
      stop();
      leave();
      this.#counts.waiting = this.#places.size;
    }
  }

  /** Ends every wait now, and every later one at once. */
  drain(): void {
    this.#draining = true;
    this.#places.close();
  }

  async #untilChanged(
    response: ServerResponse,
    signal: AbortSignal,
    unchanged: () => boolean,
  ): Promise<Held> {
    for (;;) {
      const digest = this.#backend.generation()?.digest;
      if (digest === undefined || !unchanged()) return 'changed';
      // A generation may change without changing what this client waits for: then wait on.
      if (await this.#backend.changed(digest, signal)) continue;
      return response.destroyed ? 'gone' : 'unchanged';
    }
  }
}

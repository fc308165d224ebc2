import { isoTime } from '../../kit/iso-time.ts';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../../kit/clock.ts';
import type { ApiCounts } from '../backend/api-counts.ts';
import type { AgentEvent, EventLog } from '../backend/event-log.ts';
import type { HeldPlaces, Leave } from './held-places.ts';

const HEARTBEAT_MS = 15_000;
/** Bytes that may wait for a client that does not read. */
const MAX_BACKLOG_BYTES = 256 * 1024;

/** The server-sent event streams under way, bounded in what each may leave unread. */
export class EventStreams {
  readonly #events: EventLog;
  readonly #clock: Clock;
  readonly #counts: ApiCounts;
  readonly #places: HeldPlaces;

  constructor(events: EventLog, clock: Clock, counts: ApiCounts, places: HeldPlaces) {
    this.#events = events;
    this.#clock = clock;
    this.#counts = counts;
    this.#places = places;
  }

  /** On which somebody listens. */
  get sockets(): readonly Socket[] {
    return this.#places.sockets;
  }

  /** A place for what `open` shall stream to; undefined when there is none. @param trusted see `Waiters.hold`. */
  place(response: ServerResponse, trusted: boolean): Promise<Leave | undefined> {
    // The client reconnects, with the id of the last event that it has. One that does not read would stay for ever.
    return this.#places.take(response, trusted, () => {
      if (response.writableLength > 0) response.destroy();
      else response.end(': closing\n\n');
    });
  }

  /**
   * Streams to a response whose head is written: first what is remembered after event `since`, then what happens.
   * An id from the future is one of an earlier process, whose ids are over: everything remembered is news then.
   */
  open(response: ServerResponse, since: number | undefined, leave: Leave): void {
    const end = new AbortController();
    this.#counts.subscribers = this.#places.size;
    const missed = since === undefined ? [] : this.#events.since(since > this.#events.lastId ? 0 : since);
    response.write(`retry: 2000\n\n${missed.map(frame).join('')}`);
    const unsubscribe = this.#events.subscribe((event) => this.#push(response, frame(event)));
    response.once('close', () => {
      unsubscribe();
      end.abort();
      leave();
      this.#counts.subscribers = this.#places.size;
    });
    void this.#beat(response, end.signal);
  }

  /** Ends every stream; the clients reconnect when there is a server again. */
  drain(): void {
    this.#places.close();
  }

  async #beat(response: ServerResponse, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(HEARTBEAT_MS, signal).catch(() => {});
      if (!signal.aborted) this.#push(response, ': heartbeat\n\n');
    }
  }

  /** A client that does not read is cut rather than remembered for: it reconnects with Last-Event-ID and misses nothing. */
  #push(response: ServerResponse, text: string): void {
    if (response.writableEnded) return;
    if (response.writableLength > MAX_BACKLOG_BYTES) {
      this.#counts.dropped += 1;
      response.destroy();
      return;
    }
    response.write(text);
  }
}

function frame(event: AgentEvent): string {
  const data = JSON.stringify({ at: isoTime(event.at), ...event.data });
  return `id: ${event.id}\nevent: ${event.kind}\ndata: ${data}\n\n`;
}

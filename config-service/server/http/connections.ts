import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../../kit/clock.ts';
import type { ApiCounts } from '../backend/api-counts.ts';

export interface ConnectionsParts {
  /** How many may be open. */
  readonly limit: number;
  /** Blocking queries and event streams, which have bounds of their own that are far below; asked for when the door is full. */
  readonly heldByUs: () => ReadonlySet<Socket>;
  /** Who is on the other end, of those of whom it can be known. */
  readonly peersOf: (sockets: Iterable<Socket>) => Promise<ReadonlyMap<Socket, string>>;
  readonly clock: Clock;
  readonly counts: ApiCounts;
}

interface Connection {
  peer: string | undefined;
  /** How often somebody was asked for the peer. */
  asked: number;
  /** Bytes that had come when it last had nothing to ask. */
  read: number;
  exchange: { readonly request: IncomingMessage; readonly response: ServerResponse } | undefined;
}

/**
 * When the kernel is asked who is there. Its table of a busy host has megabytes, so not for each that comes: once one has
 * stayed for a while, which is before somebody else makes the door full, and at once when it is half full.
 */
const ASK = { afterMs: 1000, from: 0.5, pauseMs: 100, pauseTimesCost: 10, times: 3 } as const;

/** Found at once when the door is full, for the newcomers after it, too. */
const BATCH = 32;

/** What goes first when room is needed. What is here whole and being answered never goes. */
const GOING = ['idle', 'unfinished', 'unread'] as const;
type State = (typeof GOING)[number] | 'active';

/**
 * The connections of one door, bounded. When it is full, a newcomer takes the place of one of the peer that has the most:
 * of its idle ones the one that asked for nothing for longest, then one whose request does not come to an end, then one that
 * does not read its answer. So nobody shuts the door by holding it open, whoever has a few keeps them for as long as
 * somebody else has more, and what is being answered is not cut.
 */
export class Connections {
  readonly #parts: ConnectionsParts;
  /** The one that was not in use for longest comes first. */
  readonly #open = new Map<Socket, Connection>();
  readonly #end = new AbortController();
  #next: { readonly socket: Socket; readonly state: State }[] = [];
  #asking = false;
  #askingSoon = false;

  constructor(parts: ConnectionsParts) {
    this.#parts = parts;
  }

  admit(socket: Socket): void {
    const { limit, counts } = this.#parts;
    if (this.#open.size >= limit * ASK.from) void this.#askWho();
    if (this.#open.size >= limit && !this.#makeRoom()) {
      counts.turnedAway += 1;
      socket.destroy();
      return;
    }
    this.#open.set(socket, { peer: undefined, asked: 0, read: 0, exchange: undefined });
    socket.once('close', () => this.#open.delete(socket));
  }

  /** Says that a request has begun: its head is here. */
  ask(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const connection = this.#open.get(socket);
    if (connection === undefined) return;
    const exchange = { request, response };
    connection.exchange = exchange;
    response.once('close', () => {
      if (connection.exchange !== exchange) return;
      connection.exchange = undefined;
      connection.read = socket.bytesRead;
      if (!this.#open.delete(socket)) return;
      this.#open.set(socket, connection);
      if (connection.peer === undefined && response.shouldKeepAlive) void this.#askSoon();
    });
  }

  /** The door takes no more: ends those that have not sent anything yet. */
  endSilent(): void {
    this.#end.abort();
    for (const socket of this.#open.keys()) if (socket.bytesRead === 0) socket.destroy();
  }

  #makeRoom(): boolean {
    if (!this.#next.some((each) => this.#isAsFound(each))) this.#next = this.#leastNeeded();
    const found = this.#next.findIndex((each) => this.#isAsFound(each));
    const [gone] = this.#next.splice(0, found + 1).slice(-1);
    if (found < 0 || gone === undefined) return false;
    this.#open.delete(gone.socket);
    this.#parts.counts.madeRoom += 1;
    gone.socket.destroy();
    return true;
  }

  #isAsFound({ socket, state }: { readonly socket: Socket; readonly state: State }): boolean {
    const connection = this.#open.get(socket);
    return connection !== undefined && stateOf(socket, connection) === state;
  }

  /** All of one peer and one state: of the peer that has the most, or of the next where all of that is being answered. */
  #leastNeeded() {
    const held = this.#parts.heldByUs();
    const peers = Map.groupBy(this.#open, ([, { peer }]) => peer);
    const sorted = [...peers.values()].toSorted((a, b) => b.length - a.length);
    for (const [index, connections] of sorted.entries()) {
      const free = connections.filter(([socket]) => !held.has(socket));
      const states = Map.groupBy(free, ([socket, connection]) => stateOf(socket, connection));
      const state = GOING.find((each) => states.has(each));
      // No more than make it as small as the next one is.
      const more = connections.length - (sorted[index + 1]?.length ?? 0);
      const going = state === undefined ? [] : (states.get(state) ?? []);
      if (state !== undefined) {
        return going.slice(0, Math.max(1, Math.min(BATCH, more))).map(([socket]) => ({ socket, state }));
      }
    }
    return [];
  }

  async #askSoon(): Promise<void> {
    if (this.#askingSoon) return;
    this.#askingSoon = true;
    await this.#sleep(ASK.afterMs);
    this.#askingSoon = false;
    await this.#askWho();
  }

  async #askWho(): Promise<void> {
    if (this.#asking || this.#end.signal.aborted) return;
    const unknown = [...this.#open].filter(([, { peer, asked }]) => peer === undefined && asked < ASK.times);
    if (unknown.length === 0) return;
    const { clock, peersOf } = this.#parts;
    this.#asking = true;
    const askedAt = clock.monotonic();
    for (const [, connection] of unknown) connection.asked += 1;
    const peers = await peersOf(unknown.map(([socket]) => socket));
    for (const [socket, connection] of unknown) connection.peer = peers.get(socket);
    await this.#sleep(Math.max(ASK.pauseMs, (clock.monotonic() - askedAt) * ASK.pauseTimesCost));
    this.#asking = false;
  }

  async #sleep(ms: number): Promise<void> {
    await this.#parts.clock.sleep(ms, this.#end.signal).catch(() => {});
  }
}

function stateOf(socket: Socket, { read, exchange }: Connection): State {
  if (exchange === undefined) return socket.bytesRead === read ? 'idle' : 'unfinished';
  if (!exchange.request.complete) return 'unfinished';
  return socket.writableLength > 0 ? 'unread' : 'active';
}

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../../kit/clock.ts';
import type { ApiCounts } from '../backend/api-counts.ts';

export interface HeldPlacesParts {
  /** How many any programs of the host may have. */
  readonly capacity: number;
  /** Who is on the other end, of those of whom it can be known. */
  readonly peersOf: (sockets: Iterable<Socket>) => Promise<ReadonlyMap<Socket, string>>;
  readonly clock: Clock;
  readonly counts: ApiCounts;
}

/** The share on top for who comes by the socket or with the token. */
const KEPT_FOR_TRUSTED = 0.25;

/** The kernel's table of a busy host has megabytes: those who come in between are told of at the next look. */
const PAUSE = { ms: 100, timesCost: 10 } as const;

/** Gives the place back. */
export type Leave = () => void;

interface Held {
  readonly socket: Socket;
  readonly trusted: boolean;
  /** Undefined until asked for, or where it cannot be known. */
  peer: string | undefined;
  /** Answers it before its time. */
  readonly end: () => void;
}

/**
 * The places of requests that stay open, bounded. When all are taken, a newcomer takes one of the user who has the most, whose
 * request that was here for longest is answered before its time: a blocking query as if nothing had changed, a stream by its
 * end. Both ask again. So no user has all of them, and whoever has a few keeps them for as long as somebody else has more.
 */
export class HeldPlaces {
  readonly #parts: HeldPlacesParts;
  readonly #held = new Map<ServerResponse, Held>();
  readonly #strangers = new Set<Held>();
  readonly #closed = new AbortController();
  /** Resolved when somebody leaves; there while somebody waits for that. */
  #left: PromiseWithResolvers<void> | undefined;
  #nextLook: Promise<void> | undefined;
  /** Over when the pause behind it is. */
  #lastLook: Promise<void> = Promise.resolve();

  constructor(parts: HeldPlacesParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#held.size;
  }

  get sockets(): readonly Socket[] {
    return Array.from(this.#held.values(), ({ socket }) => socket);
  }

  /** Ends what is held, and takes nobody any more. */
  close(): void {
    this.#closed.abort();
    for (const { end } of this.#held.values()) end();
  }

  /** Undefined, and counted, when there is no room; undefined also when the client has left meanwhile, or after the close. */
  async take(response: ServerResponse, trusted: boolean, end: () => void): Promise<Leave | undefined> {
    const { capacity, counts } = this.#parts;
    const { socket } = response;
    if (socket === null) return undefined;
    const held: Held = { socket, trusted, peer: undefined, end };
    const isFull = (): boolean => this.#held.size >= capacity && !trusted;
    if (isFull()) {
      const known = this.#learn(held).then(() => true);
      // A place may become free before it is known whose could be, which on a busy host takes seconds: after a change all are.
      while (isFull()) if (await Promise.race([known, this.#nextLeft()])) break;
    }
    if (response.destroyed || this.#closed.signal.aborted) return undefined;
    const room = capacity * (trusted ? 1 + KEPT_FOR_TRUSTED : 1);
    if (this.#held.size >= room && (trusted || !this.#makeRoom(held))) {
      counts.turnedAway += 1;
      return undefined;
    }
    this.#held.set(response, held);
    return () => {
      this.#held.delete(response);
      this.#left?.resolve();
      this.#left = undefined;
    };
  }

  async #nextLeft(): Promise<false> {
    this.#left ??= Promise.withResolvers();
    await this.#left.promise;
    return false;
  }

  #makeRoom(newcomer: Held): boolean {
    const byPeer = Map.groupBy(
      [...this.#held].filter(([, { trusted }]) => !trusted),
      ([, { peer }]) => peer,
    );
    const most = [...byPeer.values()].toSorted((a, b) => b.length - a.length)[0] ?? [];
    const own = byPeer.get(newcomer.peer)?.length ?? 0;
    const [longest] = most;
    if (longest === undefined || own + 1 >= most.length) return false;
    const [response, { end }] = longest;
    this.#held.delete(response);
    this.#parts.counts.madeRoom += 1;
    end();
    return true;
  }

  /** Asks who the newcomer is, and those who are here. One look serves all who wait for it. */
  async #learn(newcomer: Held): Promise<void> {
    this.#strangers.add(newcomer);
    this.#nextLook ??= this.#look();
    await this.#nextLook;
  }

  async #look(): Promise<void> {
    await this.#lastLook;
    this.#nextLook = undefined;
    const { clock } = this.#parts;
    const since = clock.monotonic();
    const asked = this.#ask();
    this.#lastLook = asked.then(() => {
      const ms = Math.max(PAUSE.ms, (clock.monotonic() - since) * PAUSE.timesCost);
      return clock.sleep(ms, this.#closed.signal).catch(() => {});
    });
    await asked;
  }

  async #ask(): Promise<void> {
    const unknown = [...this.#held.values(), ...this.#strangers].filter(({ peer }) => peer === undefined);
    this.#strangers.clear();
    const peers = await this.#parts.peersOf(unknown.map(({ socket }) => socket));
    for (const held of unknown) held.peer = peers.get(held.socket);
  }
}

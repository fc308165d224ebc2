import type { Socket } from 'node:net';
import type { ApiCounts } from './api-counts.ts';

/**
 * The connections of one door, bounded. When the door is full, a newcomer takes the place of the one that has been open for
 * longest among those the API itself does not keep waiting: idle ones, and ones whose request does not come to an end or
 * whose answer is not read. So nobody shuts the door by holding it open: any number of connections cannot keep another
 * program out, and who has just connected goes last. Blocking queries and event streams, which this API holds, have bounds of
 * their own that are far below.
 */
export class Connections {
  readonly #limit: number;
  readonly #heldByUs: () => ReadonlySet<Socket>;
  readonly #counts: ApiCounts;
  /** The one that was opened first comes first. */
  readonly #open = new Set<Socket>();

  /** @param heldByUs asked for only when the door is full. */
  constructor(limit: number, heldByUs: () => ReadonlySet<Socket>, counts: ApiCounts) {
    this.#limit = limit;
    this.#heldByUs = heldByUs;
    this.#counts = counts;
  }

  admit(socket: Socket): void {
    if (this.#open.size >= this.#limit && !this.#makeRoom()) {
      this.#counts.turnedAway += 1;
      socket.destroy();
      return;
    }
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
  }

  /** Ends those that have not sent anything yet. */
  endSilent(): void {
    for (const socket of this.#open) if (socket.bytesRead === 0) socket.destroy();
  }

  #makeRoom(): boolean {
    const held = this.#heldByUs();
    for (const socket of this.#open) {
      if (held.has(socket)) continue;
      this.#open.delete(socket);
      this.#counts.madeRoom += 1;
      socket.destroy();
      return true;
    }
    return false;
  }
}

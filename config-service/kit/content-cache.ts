/**
 * Remembers what was made of a content for as long as that content is in use: a poll that changes one file reads one file.
 * Bounded twice. What neither the present round nor the one before asked for is forgotten when the next one begins; whoever
 * judges candidates begins a round with each, so that the content of the active generation, and of the candidate that is
 * measured against it, is there and no other. And all contents together have at most `maxBytes` bytes.
 */
export class ContentCache<T extends object | string> {
  readonly #maxBytes: number;
  readonly #known = new Map<string, Remembered<T>>();
  #round = 0;
  #bytes = 0;

  /** @param maxBytes of the contents; what is made of them may take a multiple of it. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of all contents of which something is remembered. */
  get bytes(): number {
    return this.#bytes;
  }

  beginRound(): void {
    this.#round += 1;
    for (const [id, { usedIn }] of this.#known) if (usedIn < this.#round - 1) this.#forget(id);
  }

  /** @param id says all that `make` depends on, such as the digest and the name of a file. */
  get(id: string, bytes: number, make: () => T): T {
    return this.find(id) ?? this.keep(id, bytes, make());
  }

  /** What is remembered of it, which counts as asked for. */
  find(id: string): T | undefined {
    const remembered = this.#known.get(id);
    return remembered && this.keep(id, remembered.bytes, remembered.made);
  }

  keep(id: string, bytes: number, made: T): T {
    this.#forget(id);
    if (bytes > this.#maxBytes) return made;
    // A Map keeps the order of insertion: the first is the one that was not asked for longest.
    for (const oldest of this.#known.keys()) {
      if (this.#bytes + bytes <= this.#maxBytes) break;
      this.#forget(oldest);
    }
    this.#known.set(id, { made, bytes, usedIn: this.#round });
    this.#bytes += bytes;
    return made;
  }

  #forget(id: string): void {
    this.#bytes -= this.#known.get(id)?.bytes ?? 0;
    this.#known.delete(id);
  }
}

interface Remembered<T> {
  readonly made: T;
  readonly bytes: number;
  /** The last round that asked for it. */
  readonly usedIn: number;
}

import { Damaged } from './damage.ts';

/** Content as it comes, piece by piece. A piece is the reader's: nobody writes to it again. */
export type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

const NOTHING = Buffer.alloc(0);

/** Reads pieces in portions of its own. */
export class PieceReader {
  /** Bytes taken so far. */
  position = 0;
  readonly #source: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #held: Buffer = NOTHING;
  #ended = false;

  constructor(pieces: Pieces) {
    this.#source =
      Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
  }

  /** The next `length` bytes, or what is left of them, without taking them. */
  async peek(length: number): Promise<Buffer> {
    const parts = [this.#held];
    let held = this.#held.length;
    while (held < length && !this.#ended) {
      const next = await this.#source.next();
      if (next.done === true) this.#ended = true;
      else {
        parts.push(Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength));
        held += next.value.byteLength;
      }
    }
    if (parts.length > 1) this.#held = Buffer.concat(parts);
    return this.#held.subarray(0, length);
  }

  /** Exactly `length` bytes. @throws Damaged when there are fewer. */
  async take(length: number): Promise<Buffer> {
    const taken = Buffer.from(await this.peek(length));
    if (taken.length < length) throw new Damaged('ends early');
    this.#held = this.#held.subarray(length);
    this.position += length;
    return taken;
  }

  /** The next `length` bytes as pieces, all there are by default. @throws Damaged when a given number is not there. */
  async *stream(length = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array> {
    let left = length;
    while (left > 0) {
      const piece = await this.#piece();
      if (piece === undefined) {
        if (length !== Number.POSITIVE_INFINITY) throw new Damaged('ends early');
        return;
      }
      const part = piece.length > left ? piece.subarray(0, left) : piece;
      this.#held = piece.subarray(part.length);
      this.position += part.length;
      left -= part.length;
      yield part;
    }
  }

  /** @throws Damaged when there are fewer than `length` bytes. */
  async skip(length: number): Promise<void> {
    const skipped = this.stream(length);
    while ((await skipped.next()).done !== true);
  }

  async #piece(): Promise<Buffer | undefined> {
    if (this.#held.length > 0) return this.#held;
    const next = await this.#source.next();
    if (next.done === true) return undefined;
    return Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
  }
}

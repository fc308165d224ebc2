import { pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { FileStat, OpenFile } from './file-system.ts';

/** A seek back farther than this unpacks from the beginning: as much as the longest record and the marker before it. */
const KEPT_BYTES = 2 * 1024 * 1024;
const CHUNK = 64 * 1024;

/**
 * The unpacked content of a packed file, read by position, in constant memory. Its size is not known before its end: `stat`
 * says the packed one.
 */
export function openPacked(packed: OpenFile, packing: 'gzip' | 'zstd'): OpenFile {
  let unpacking: Unpacking | undefined;
  return {
    stat: (): Promise<FileStat> => packed.stat(),
    read: async (buffer, position) => {
      if (!unpacking || position < unpacking.keptFrom) {
        unpacking?.end();
        unpacking = new Unpacking(packed, packing);
      }
      return await unpacking.read(buffer, position);
    },
    close: async () => {
      unpacking?.end();
      await packed.close();
    },
  };
}

class Unpacking {
  readonly #stream: Readable;
  readonly #incoming: AsyncIterator<Buffer>;
  #pieces: Buffer[] = [];
  /** Positions of the first byte that is kept, and behind the last. */
  keptFrom = 0;
  #keptTo = 0;

  constructor(packed: OpenFile, packing: 'gzip' | 'zstd') {
    const unpacker = packing === 'gzip' ? createGunzip() : createZstdDecompress();
    // Errors reach `#next` through the destroyed stream: what is damaged reads like a file that is short.
    this.#stream = pipeline(Readable.from(chunksOf(packed), { objectMode: false }), unpacker, () => {});
    this.#incoming = this.#stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async read(buffer: Buffer, position: number): Promise<number> {
    while (this.#keptTo < position + buffer.length) {
      const piece = await this.#next();
      if (!piece) break;
      this.#pieces.push(piece);
      this.#keptTo += piece.length;
      this.#forget(position);
    }
    let at = this.keptFrom;
    let count = 0;
    for (const piece of this.#pieces) {
      const from = Math.max(0, position + count - at);
      if (from < piece.length) count += piece.copy(buffer, count, from);
      at += piece.length;
    }
    return count;
  }

  end(): void {
    this.#stream.destroy();
  }

  #forget(before: number): void {
    for (let first = this.#pieces[0]; first; first = this.#pieces[0]) {
      const next = this.keptFrom + first.length;
      if (next > before || this.#keptTo - next < KEPT_BYTES) return;
      this.#pieces.shift();
      this.keptFrom = next;
    }
  }

  async #next(): Promise<Buffer | undefined> {
    try {
      const { done, value } = await this.#incoming.next();
      return done === true ? undefined : value;
    } catch {
      return undefined;
    }
  }
}

async function* chunksOf(file: OpenFile): AsyncGenerator<Buffer> {
  for (let position = 0; ;) {
    const chunk = Buffer.alloc(CHUNK);
    const count = await file.read(chunk, position);
    if (count === 0) return;
    position += count;
    yield chunk.subarray(0, count);
  }
}

import { Readable, pipeline, type Duplex } from 'node:stream';
import { createGunzip, createInflateRaw, createZstdDecompress, gunzipSync } from 'node:zlib';
import { errnoOf } from '#kit/errno.ts';
import { Damaged } from '../bytes/damage.ts';
import { LIMITS } from '../bytes/limits.ts';
import type { Pieces } from '../bytes/pieces.ts';

/** How many bytes may still be unpacked of one file. Shared by its layers, so that a bomb cannot hide one deeper. */
export interface Budget {
  left: number;
}

const OPENERS = { gzip: createGunzip, zstd: createZstdDecompress, deflate: createInflateRaw };

/**
 * Decompresses with as much memory as zlib's window takes.
 * @throws Damaged when the budget is used up, and zlib's own errors.
 */
export async function* unpack(
  pieces: Pieces,
  packing: keyof typeof OPENERS,
  budget: Budget,
): AsyncGenerator<Uint8Array> {
  const unpacker: Duplex = OPENERS[packing]();
  // The error of the pieces reaches the loop below through the destroyed stream.
  pipeline(Readable.from(pieces), unpacker, () => {});
  for await (const piece of unpacker as AsyncIterable<Buffer>) {
    spend(budget, piece.length);
    yield piece;
  }
}

/** The whole of a small gzip file, in one call: documentation is full of them. Undefined when it is not so small unpacked. */
export function gunzipSmall(packed: Uint8Array, budget: Budget): Uint8Array | undefined {
  try {
    const whole = gunzipSync(packed, { maxOutputLength: LIMITS.smallUnpackedBytes });
    spend(budget, whole.length);
    return whole;
  } catch (error) {
    if (errnoOf(error) === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw error;
  }
}

export function spend(budget: Budget, bytes: number): void {
  budget.left -= bytes;
  if (budget.left < 0) throw new Damaged('unpacks to more than a scan reads; the rest was not read');
}

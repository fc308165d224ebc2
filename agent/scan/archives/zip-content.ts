import { inflateRawSync } from 'node:zlib';
import { Damaged } from '../bytes/damage.ts';
import { LIMITS } from '../bytes/limits.ts';
import type { Pieces } from '../bytes/pieces.ts';
import { spend, unpack, type Budget } from './unpack.ts';
import { contentPosition, type RandomAccess, type ZipEntry } from './zip-index.ts';

const STORED = 0;
const DEFLATED = 8;
const ZSTD = 93;
const PIECE = 1 << 18;

/** What an entry holds. Small ones are inflated in one call: a jar has thousands of them. @throws Damaged */
export function zipContent(zip: RandomAccess, entry: ZipEntry, budget: Budget): Pieces {
  if (entry.isEncrypted) throw new Damaged('encrypted');
  const position = contentPosition(zip, entry);
  const packed = piecesOf(zip, position, entry.packedSize);
  if (entry.method === STORED) return packed;
  if (entry.method === ZSTD) return unpack(packed, 'zstd', budget);
  if (entry.method !== DEFLATED) throw new Damaged(`packed with method ${entry.method} of zip`);
  const isSmall = entry.packedSize <= LIMITS.smallPackedBytes && entry.size <= LIMITS.smallUnpackedBytes;
  if (!isSmall) return unpack(packed, 'deflate', budget);
  const whole = inflateRawSync(zip.read(position, entry.packedSize), {
    maxOutputLength: LIMITS.smallUnpackedBytes,
  });
  spend(budget, whole.length);
  return [whole];
}

function* piecesOf(zip: RandomAccess, position: number, length: number): Generator<Uint8Array> {
  const end = Math.min(zip.size, position + length);
  for (let at = position; at < end; at += PIECE) yield zip.read(at, Math.min(PIECE, end - at));
}

import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { toSystem, type BytePath } from '../byte-path.ts';
import type { Digest } from './package-record.ts';

const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
const PIECE = 1 << 18;

/** Lower-case hex; undefined for what cannot be read. */
export function digestOf(path: BytePath, algorithm: Digest['algorithm']): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(toSystem(path), READ);
    const hash = createHash(algorithm);
    const piece = Buffer.allocUnsafe(PIECE);
    for (;;) {
      const length = readSync(file, piece, 0, PIECE, null);
      if (length === 0) return hash.digest('hex');
      hash.update(piece.subarray(0, length));
    }
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

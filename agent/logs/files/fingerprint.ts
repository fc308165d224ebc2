import { createHash } from 'node:crypto';
import type { OpenFile } from './file-system.ts';

/** The hash of a stretch of a file: enough to know it again, and nothing of what it says. */
export interface Stretch {
  /** Where it ends; it begins `length` bytes before. */
  readonly end: number;
  readonly length: number;
  readonly hash: string;
}

/** The first bytes of a file as far as they were read, growing up to this many. */
export const HEAD_BYTES = 1024;
/** The bytes before a position. Comparing them tells a file that went on from one that was truncated and grew again (cases 9 to 14). */
export const MARKER_BYTES = 256;

export function stretchOf(bytes: Uint8Array, end: number): Stretch {
  return { end, length: bytes.length, hash: createHash('sha256').update(bytes).digest('hex').slice(0, 32) };
}

/** Whether the file has the same bytes there. An empty stretch is in every file. */
export async function hasStretch(file: OpenFile, stretch: Stretch): Promise<boolean> {
  if (stretch.length === 0) return true;
  const buffer = Buffer.alloc(stretch.length);
  const count = await file.read(buffer, stretch.end - stretch.length);
  return count === stretch.length && stretchOf(buffer, stretch.end).hash === stretch.hash;
}

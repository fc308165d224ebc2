import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { errnoOf } from './disk-fault.ts';
import { MAX_HEAD_BYTES, readSealHeader } from './seal-header.ts';
import { compareStamps, type Kinship, type Stamp } from './stamp.ts';

const CHUNK_BYTES = 64 * 1024;

export interface Inspected {
  readonly kinship: Kinship | 'unproven';
  /** Empty for what is no regular file. */
  readonly sha256: string;
  readonly stamp?: Stamp;
}

/**
 * Whose file this is, by the clear part of its envelope, and its digest; read in pieces, for it may be large. No key is
 * needed: a stamp that was forged to look local still has a seal that does not open.
 */
export async function inspectFile(path: string, here: Stamp): Promise<Inspected> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    // A link, or a socket: whatever it leads to is not a sealed file of ours.
    if (['ELOOP', 'ENXIO'].includes(errnoOf(error))) return { kinship: 'unproven', sha256: '' };
    throw error;
  }
  try {
    if (!(await handle.stat()).isFile()) return { kinship: 'unproven', sha256: '' };
    const { head, sha256 } = await readInPieces(handle);
    const read = readSealHeader(head);
    if (read.kind === 'unreadable') return { kinship: 'unproven', sha256 };
    const { stamp } = read.header;
    return { kinship: compareStamps(stamp, here), sha256, stamp };
  } finally {
    await handle.close();
  }
}

async function readInPieces(
  handle: FileHandle,
): Promise<{ readonly head: Uint8Array; readonly sha256: string }> {
  const hash = createHash('sha256');
  const piece = Buffer.alloc(CHUNK_BYTES);
  const first = await readPiece(handle, piece, 0);
  const head = Buffer.from(first.subarray(0, MAX_HEAD_BYTES));
  let at = 0;
  for (let bytes = first; bytes.length > 0; bytes = await readPiece(handle, piece, at)) {
    hash.update(bytes);
    at += bytes.length;
  }
  return { head, sha256: hash.digest('hex') };
}

async function readPiece(handle: FileHandle, piece: Buffer, at: number): Promise<Buffer> {
  const { bytesRead } = await handle.read(piece, 0, piece.length, at);
  return piece.subarray(0, bytesRead);
}

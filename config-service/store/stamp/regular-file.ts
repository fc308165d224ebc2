import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { errnoOf } from '../../kit/errno.ts';

const PIECE_BYTES = 64 * 1024;

/**
 * For reading. Undefined for a link, a folder, a socket and the like: whatever it leads to is no file of ours. Never
 * follows a link in its last step, and never waits for the other end of a pipe.
 * @throws the errno of what kept it from being opened, `ENOENT` included.
 */
export async function openRegularFile(path: string): Promise<FileHandle | undefined> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(path, flags).catch((error: unknown) => {
    if (['ELOOP', 'ENXIO'].includes(errnoOf(error))) return undefined;
    throw error;
  });
  if (!handle || (await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}

/**
 * The first bytes of the file at `path`, so many at most; none of what is no regular file.
 * @throws the errno of what kept it from being read.
 */
export async function headOfFile(path: string, bytes: number): Promise<Buffer> {
  const handle = await openRegularFile(path);
  try {
    const head = Buffer.alloc(bytes);
    const { bytesRead = 0 } = (await handle?.read(head, 0, bytes, 0)) ?? {};
    return head.subarray(0, bytesRead);
  } finally {
    await handle?.close();
  }
}

/** Lower-case hex SHA-256 of the file at `path`, read in pieces, for it may be large; undefined as above. */
export async function digestOfFile(path: string): Promise<string | undefined> {
  const handle = await openRegularFile(path);
  if (!handle) return undefined;
  try {
    const hash = createHash('sha256');
    const piece = Buffer.alloc(PIECE_BYTES);
    for (;;) {
      const { bytesRead } = await handle.read(piece, 0, piece.length);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(piece.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}

import { chmod, lstat, mkdtemp, rename, rm, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { errnoOf } from '../../kit/errno.ts';

/** What stands at the path where a Unix socket is to be. */
export type Occupant = 'nothing' | 'stale socket' | 'live socket' | 'something else';

export async function occupantOf(path: string): Promise<Occupant> {
  const entry = await lstat(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (entry === undefined) return 'nothing';
  if (!entry.isSocket()) return 'something else';
  return (await isAnswered(path)) ? 'live socket' : 'stale socket';
}

/**
 * Binds through `listen` so that the socket appears at `path` whole: with its mode, replacing what stood there. Bound
 * in a private folder first, because a socket is born with the mode that the umask leaves, and between bind and
 * chmod anyone that mode lets in could connect. The folder's name is short: a socket path has 107 bytes.
 * Returns what removes the socket again, unless another one has taken its place since.
 */
export async function bindSocketFile(
  path: string,
  mode: number,
  listen: (temporary: string) => Promise<void>,
): Promise<() => Promise<void>> {
  const folder = await mkdtemp(`${dirname(path)}/.`);
  try {
    const temporary = join(folder, 's');
    await listen(temporary);
    await chmod(temporary, mode);
    const { ino } = await lstat(temporary);
    await rename(temporary, path);
    return async () => {
      const entry = await lstat(path).catch(() => undefined);
      if (entry?.ino === ino) await unlink(path).catch(() => {});
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Only a refused connection proves that nobody listens: a full backlog (EAGAIN) or a foreign owner (EACCES) does not. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT');
    });
  });
}

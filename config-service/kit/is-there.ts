import { lstat } from 'node:fs/promises';
import { errnoOf } from './errno.ts';

/** Whether something has this path, a link that leads nowhere included. What is out of reach counts as there. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    return !['ENOENT', 'ENOTDIR'].includes(errnoOf(error));
  }
}

import { lstat, mkdir, stat } from 'node:fs/promises';
import { errnoOf } from '#kit/errno.ts';

/**
 * Walks to the folder of `path` and makes what is missing (unless in a preview). A link on the way is followed only when
 * root or this process made it: else its owner could have a file of root's put anywhere.
 * @returns what is wrong with it; undefined when nothing is.
 */
export async function reachFolder(
  folder: string,
  options: { uid: number; make: boolean },
): Promise<string | undefined> {
  let path = '';
  for (const part of folder.split('/').filter((each) => each !== '')) {
    path = `${path}/${part}`;
    const wrong = await reachOne(path, options);
    if (wrong === 'missing') return undefined;
    if (wrong !== undefined) return `${path} ${wrong}`;
  }
  return undefined;
}

async function reachOne(
  path: string,
  { uid, make }: { uid: number; make: boolean },
): Promise<string | undefined> {
  try {
    const found = await lstat(path);
    if (found.isSymbolicLink()) {
      if (found.uid !== 0 && found.uid !== uid) return `is a link that user ${found.uid} made`;
      return (await stat(path)).isDirectory() ? undefined : 'is a link to something other than a folder';
    }
    return found.isDirectory() ? undefined : 'is no folder';
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 'ENOENT') return `cannot be looked at (${errno})`;
    if (!make) return 'missing';
  }
  try {
    await mkdir(path, 0o755);
    return undefined;
  } catch (error) {
    return `cannot be made (${errnoOf(error)})`;
  }
}

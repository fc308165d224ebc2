import { lstat, readlink } from 'node:fs/promises';
import { basename, dirname, join, normalize } from 'node:path';
import { errnoOf } from '#kit/errno.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import { fileFault, unsafeTarget } from './file-fault.ts';

/** As Linux counts (path_resolution(7)). */
const MAX_LINKS = 40;

/**
 * Where `target` really lies: its folder with all links followed, and its own name, which no link may stand for. Folders
 * that are missing are part of the answer. A link on the way is followed when root or this user made it; any other user
 * could lead the file anywhere.
 * @param uid the effective user id of this process.
 */
export async function resolveTarget(target: string, uid: number): Promise<Outcome<string>> {
  const problem = targetProblem(target);
  if (problem !== undefined)
    return unsafeTarget(target, problem, 'Write the absolute path of a file, without `.` and `..`.');
  let folder = '/';
  let links = 0;
  const ahead = dirname(target).split('/').filter(isName);
  for (let name = ahead.shift(); name !== undefined; name = ahead.shift()) {
    const path = join(folder, name);
    try {
      const status = await lstat(path);
      if (status.isSymbolicLink()) {
        if (status.uid !== uid && status.uid !== 0) {
          const cause = `${path} is a symbolic link made by another user (uid ${status.uid})`;
          return unsafeTarget(target, cause, 'Remove the link, or name the file it leads to.');
        }
        links += 1;
        if (links > MAX_LINKS) return unsafeTarget(target, 'too many symbolic links', 'Name the real path.');
        const to = await readlink(path);
        if (to.startsWith('/')) folder = '/';
        ahead.unshift(...to.split('/').filter(isName));
      } else if (status.isDirectory()) folder = path;
      else return unsafeTarget(target, `${path} is no folder`, 'Move it away, or choose another target.');
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') return fileFault(error, 'look at', path);
      folder = join(path, ...ahead.splice(0));
    }
  }
  return ok(join(folder, basename(target)));
}

/** What is wrong with a path as a target, whatever the host looks like. */
export function targetProblem(target: string): string | undefined {
  if (!target.startsWith('/')) return 'it is no absolute path';
  if (/\p{Cc}/u.test(target)) return 'it holds a control character';
  if (normalize(target) !== target || target.endsWith('/')) return 'it is no plain path of a file';
  if (Buffer.byteLength(basename(target)) > 255 || Buffer.byteLength(target) > 4095) return 'it is too long';
  return undefined;
}

function isName(part: string): boolean {
  return part !== '' && part !== '.';
}

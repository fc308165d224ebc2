import { lstat, readdir, readlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errnoOf } from '../kit/errno.ts';

/**
 * Where a rendered file lies: its folder with every link followed. Links of this user and of root are the host's own
 * layout (`/etc/nginx` on a data volume); one of somebody else would have us remove a file of their choice.
 *
 * @returns undefined when the folder is not there any more.
 * @throws `UntrustedLink`, or the errno of what kept it from being found.
 */
export async function locateRendered(path: string, uid: number): Promise<string | undefined> {
  try {
    const folder = await resolveFolder(dirname(path), uid);
    return (await lstat(folder)).isDirectory() ? join(folder, basename(path)) : undefined;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error))) return undefined;
    throw error;
  }
}

/** On the way to a file lies a link that must not be followed; the message says which and why. */
class UntrustedLink extends Error {
  readonly code = 'ELOOP';
}

/**
 * Half written ones beside it; they hold what it was to hold. As `writeFileAtomic` names them (`path`.PID.N.tmp), and as
 * apply does: `.landfall-DIGEST.tmp` for a target, `path`.landfall-init for a file of an init document.
 */
export async function temporariesOf(path: string): Promise<readonly string[]> {
  const [folder, name] = [dirname(path), basename(path)];
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory() && isTemporary(entry.name, name))
    .map((entry) => join(folder, entry.name));
}

function isTemporary(entry: string, name: string): boolean {
  if (/^\.landfall-[0-9a-f]{16}\.tmp$/.test(entry)) return true;
  return (
    entry.startsWith(`${name}.`) && /^(?:\d+\.\d+\.tmp|landfall-init)$/.test(entry.slice(name.length + 1))
  );
}

/** As the kernel's own limit (path_resolution(7)). */
const MAX_LINKS = 40;

async function resolveFolder(folder: string, uid: number): Promise<string> {
  const ahead = folder.split('/').filter(Boolean);
  let at = '/';
  for (let links = 0; ahead.length > 0;) {
    const next = join(at, ahead.shift() ?? '');
    const status = await lstat(next);
    if (!status.isSymbolicLink()) {
      at = next;
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) throw new UntrustedLink(`${next} is one link too many`);
    if (status.uid !== uid && status.uid !== 0)
      throw new UntrustedLink(`${next} is a link made by another user (uid ${status.uid})`);
    const target = await readlink(next);
    if (target.startsWith('/')) at = '/';
    ahead.unshift(...target.split('/').filter(Boolean));
  }
  return at;
}

import { readlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** As many as Linux follows (path_resolution(7)). */
const MAX_LINKS = 40;

/**
 * Programs and libraries of the system, and nothing that is written to: what the interpreter of a virtual environment
 * links to (docs/scripts.md, "Deployment").
 */
const SYSTEM = /^\/(?:usr|bin|sbin|lib|lib32|lib64|libx32)\/|^\/dev\/null$/;

/**
 * Whether a link below `root` ends outside of it, once `root` has come to one of its `homes`: followed part by part, links
 * on the way included, as the kernel will. A link to what is not there ends where it would be.
 */
export async function leadsOut(
  { root, homes }: { readonly root: string; readonly homes: readonly string[] },
  link: string,
): Promise<boolean> {
  const inside = relative(root, dirname(link)).split('/');
  const at = inside.filter((part) => part !== '');
  const pending = [link.slice(link.lastIndexOf('/') + 1)];
  let links = 0;
  for (let part = pending.shift(); part !== undefined; part = pending.shift()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (at.pop() === undefined) return true;
      continue;
    }
    const target = await readlink(join(root, ...at, part)).catch(() => undefined);
    if (target === undefined) {
      at.push(part);
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) return true;
    if (!target.startsWith('/')) {
      pending.unshift(...target.split('/'));
      continue;
    }
    const whole = [target, ...pending].join('/');
    if (SYSTEM.test(whole) && !whole.split('/').includes('..')) return false;
    const home = homes.find((each) => target === each || target.startsWith(each === '/' ? '/' : `${each}/`));
    if (home === undefined) return true;
    at.length = 0;
    pending.unshift(...target.slice(home.length).split('/'));
  }
  return false;
}

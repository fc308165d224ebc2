import { isThere } from '#kit/is-there.ts';
import { readdir, readlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { sha256Hex } from '#config-service';
import type { RenderedFile } from '../apply-store.ts';

/**
 * What moving the tree below `from` over what `folder` holds will put there, by its place. A folder that is there already is
 * somebody else's, and stays.
 */
export async function membersOf(from: string, folder: string): Promise<readonly RenderedFile[]> {
  const members: RenderedFile[] = [];
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    const source = join(entry.parentPath, entry.name);
    const path = join(folder, relative(from, source));
    if (entry.isDirectory()) {
      if (!(await isThere(path))) members.push({ path, sha256: '', kind: 'folder' });
    } else if (entry.isSymbolicLink()) {
      members.push({ path, sha256: sha256Hex(await readlink(source)), kind: 'link' });
    } else members.push({ path, sha256: '' });
  }
  return members;
}

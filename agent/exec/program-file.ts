import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';

/** As execvp(3) would find it: `missing` is what shells call 127, `unusable` 126. */
export type Found =
  | { readonly kind: 'found'; readonly path: string }
  | { readonly kind: 'missing' | 'unusable' };

/** What execvp(3) assumes without PATH. */
const NO_PATH = '/bin:/usr/bin';

export async function findProgram(name: string, cwd: string, path = NO_PATH): Promise<Found> {
  if (name.includes('/')) return look(resolve(cwd, name));
  let worst: Found = { kind: 'missing' };
  // Joined to a folder of PATH it would be the folder.
  if (name === '') return worst;
  for (const folder of path.split(delimiter)) {
    const found = await look(resolve(cwd, join(folder === '' ? '.' : folder, name)));
    if (found.kind === 'found') return found;
    if (found.kind === 'unusable') worst = found;
  }
  return worst;
}

async function look(path: string): Promise<Found> {
  try {
    if (!(await stat(path)).isFile()) return { kind: 'unusable' };
  } catch {
    return { kind: 'missing' };
  }
  return access(path, constants.X_OK).then(
    () => ({ kind: 'found', path }),
    () => ({ kind: 'unusable' }),
  );
}

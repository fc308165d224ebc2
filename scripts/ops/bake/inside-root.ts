import { readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Where a path of an image lies, as long as no link on its way leads elsewhere: an image of somebody else's may have one to a
 * folder of this machine, which root would then mount over, or read. @param root without a link in it.
 */
export async function placeInside(root: string, path: string): Promise<string | undefined> {
  const wanted = join(root, path);
  const real = await realpath(wanted).catch(() => undefined);
  return real === wanted ? real : undefined;
}

/** The text of a regular file below the root, wherever links lead inside; empty for anything else. A pipe would never end. */
export async function textInside(root: string, path: string): Promise<string> {
  const [top, real] = await Promise.all([root, join(root, path)].map((one) => realpath(one).catch(() => '')));
  if (top === undefined || real === undefined || !real.startsWith(`${top}/`)) return '';
  const status = await stat(real).catch(() => undefined);
  return status?.isFile() === true ? await readFile(real, 'utf8').catch(() => '') : '';
}

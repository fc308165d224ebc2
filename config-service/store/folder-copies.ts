import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { HeldFolder } from './held-folder.ts';
import { digestOfFile } from './regular-file.ts';

/** Files of a folder that are looked at, and how large they may be: it is done once, at a boot somebody waits for. */
const MAX_FILES = 200;
const MAX_BYTES = 1024 * 1024;

const OF_NOTHING = createHash('sha256').digest('hex');

/**
 * Files of the folder that hold, byte for byte, what one of `digests` names: what somebody moved aside, linked or backed up,
 * under a name that is in no register. They are told and not removed, for they were not put there by Landfall. Disks are not
 * searched: what lies in other folders nobody knows.
 */
export async function copiesIn(folder: HeldFolder, digests: ReadonlySet<string>): Promise<readonly string[]> {
  if (![...digests].some((digest) => digest !== '' && digest !== OF_NOTHING)) return [];
  const found: string[] = [];
  const entries = await folder.entries().catch(() => []);
  for (const { name } of entries.filter((entry) => entry.isFile()).slice(0, MAX_FILES)) {
    const at = folder.at(name);
    const { size } = await lstat(at).catch(() => ({ size: 0 }));
    if (size === 0 || size > MAX_BYTES) continue;
    const digest = await digestOfFile(at).catch(() => undefined);
    if (digest !== undefined && digests.has(digest)) found.push(join(folder.path, name));
  }
  return found;
}

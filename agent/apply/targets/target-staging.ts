import { chmod, chown, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ApplyHost } from '../apply-work.ts';
import type { PlannedTarget } from './target-plan.ts';

/** Below the run folder; what a killed agent left in it goes with the next check. */
const STAGING = 'staging';

/** Where all targets of a plan lie as they will be, each by its whole path below `folder`. */
export interface StagedFolder {
  readonly folder: string;
  readonly pathOf: (target: string) => string;
}

/**
 * Puts every target of the plan into a folder in the run folder, changed or not, with its mode and its owner, so that a check
 * sees what they include of each other, and may run as the user who will read them. The folders are ours, for nobody else
 * may change what we remove later.
 * @throws what the disk says.
 */
export async function stageFiles(
  planned: readonly PlannedTarget[],
  host: Pick<ApplyHost, 'runDir' | 'uid'>,
): Promise<StagedFolder> {
  await emptyStaging(host);
  const folder = `${host.runDir}/${STAGING}`;
  const made = new Set<string>();
  const makeFolder = async (path: string): Promise<void> => {
    if (made.has(path)) return;
    if (path !== folder) await makeFolder(dirname(path));
    await mkdir(path);
    // Whatever the umask of the daemon: another user has to get through.
    await chmod(path, 0o755);
    made.add(path);
  };
  const pathOf = (target: string): string => `${folder}${target}`;
  await makeFolder(folder);
  for (const { target, path, wanted } of planned) {
    const staged = pathOf(target.entry.target);
    await makeFolder(dirname(staged));
    const { bytes, mode, uid, gid } = wanted;
    await writeFile(staged, bytes, { flag: 'wx', mode: 0o600 });
    if (host.uid === 0) await chown(staged, uid === -1 ? 0 : uid, gid === -1 ? 0 : gid);
    await chmod(staged, (await isHidden(path)) ? mode & 0o770 : mode & 0o777);
  }
  return { folder, pathOf };
}

/** Nothing rendered stays in the run folder. */
export async function emptyStaging({ runDir }: Pick<ApplyHost, 'runDir'>): Promise<void> {
  await rm(`${runDir}/${STAGING}`, { recursive: true, force: true });
}

/** Whether a folder on the way keeps others from the file, whatever the mode of the file. */
async function isHidden(path: string): Promise<boolean> {
  const folder = dirname(path);
  const isClosed = await stat(folder).then(
    ({ mode }) => (mode & 0o001) === 0,
    () => false,
  );
  return isClosed || (folder !== path && (await isHidden(folder)));
}

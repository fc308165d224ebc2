import { createHash } from 'node:crypto';
import { readFile, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { errnoOf } from '../../kit/errno.ts';
import { ok, type Outcome } from '../../kit/outcome.ts';
import { diskFault } from '../stamp/disk-fault.ts';
import type { FencedFile } from './fenced-file.ts';
import { printStamp, type Stamp } from '../stamp/stamp.ts';

/**
 * What apply makes below the run folder, 0700: rendered but not in place, kept to go back to, deployed and not current,
 * files of a command or an init document. By name, for the run folder may be one that others use, too.
 */
const PRIVATE = /^(?:staging|snapshots|versions|(?:command|init|tree)-\w{6})$/;

/** The configuration as files, for programs that read nothing else: names in the run folder. */
export const CONFIG_TREE = { link: 'config', variables: 'config.env', prefix: 'tree-' } as const;

/** Whether it is a generation that is, was or is about to be in force as files. */
export function isConfigTreeFolder(name: string): boolean {
  return /^tree-\w{6}$/.test(name);
}

/** Whether a link leads to what only a link of ours does. */
export function isConfigTreeLink(target: string): boolean {
  return target === CONFIG_TREE_VARIABLES || /^tree-\w{6}\/config$/.test(target);
}

/** What `config.env` leads to: through the other link, so that it never changes. */
export const CONFIG_TREE_VARIABLES = `${CONFIG_TREE.link}/../env`;

/** Names of the token files in the run folder: of the API, and the one that may only read. */
export const TOKENS = { api: 'token', read: 'read-token' } as const;

/** In the state folder: a digest of the run folder, this instance and this boot, when the first was emptied for the others. */
export const BOOT_MARK = 'boot.mark';

export interface RunFolderOptions {
  readonly runDir: string;
  /** Undefined when it takes no writes: then the run folder is emptied at each start. */
  readonly stateFolder: string | undefined;
  readonly here: Stamp;
  /** Of the kernel, new at each boot (random(4)); empty when unknown, which no boot equals. */
  readonly bootId: string;
}

/**
 * The run folder is gone at reboot: where it lies on a disk and is not, its private folders are emptied and the token is
 * removed, once per boot and instance. Not at each start, for a change of files that was cut has to be undone from them.
 */
export async function fenceRunFolder(options: RunFolderOptions): Promise<Outcome<readonly FencedFile[]>> {
  const { runDir, stateFolder, here, bootId } = options;
  const mark = `${createHash('sha256')
    .update(`${runDir}\n${bootId}\n${printStamp(here)}`)
    .digest('hex')}\n`;
  try {
    if (bootId !== '' && stateFolder && (await readMark(stateFolder)) === mark) return ok([]);
    const removed = await emptyRunFolder(runDir, 'leftover');
    // Neither atomic nor durable, and no fault: torn or missing, the folder is emptied once more.
    if (stateFolder) await writeFile(`${stateFolder}/${BOOT_MARK}`, mark, { mode: 0o600 }).catch(() => {});
    return ok(removed);
  } catch (error) {
    return diskFault(error, 'empty', runDir);
  }
}

/** Names the folders that held something. The token is no configuration and is not named. */
export async function emptyRunFolder(
  runDir: string,
  reason: FencedFile['reason'],
): Promise<readonly FencedFile[]> {
  const removed: FencedFile[] = [];
  for (const name of (await entriesOf(runDir)).filter((entry) => PRIVATE.test(entry)).toSorted()) {
    const path = `${runDir}/${name}`;
    const held = (await entriesOf(path)).length > 0;
    // A link in its place goes; what it leads to does not.
    await rm(path, { recursive: true, force: true });
    if (held) removed.push({ path, kind: 'run', reason, action: 'purged', sha256: '' });
  }
  for (const name of [CONFIG_TREE.link, CONFIG_TREE.variables]) {
    const target = await readlink(`${runDir}/${name}`).catch(() => '');
    if (isConfigTreeLink(target)) await rm(`${runDir}/${name}`, { force: true });
  }
  for (const name of Object.values(TOKENS)) await rm(`${runDir}/${name}`, { force: true });
  return removed;
}

async function readMark(stateFolder: string): Promise<string> {
  return readFile(`${stateFolder}/${BOOT_MARK}`, 'utf8').catch(() => '');
}

async function entriesOf(path: string): Promise<readonly string[]> {
  return readdir(path).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error))) return [];
    throw error;
  });
}

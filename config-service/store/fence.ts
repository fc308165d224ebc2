import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { syncFolder } from '../kit/atomic-file.ts';
import { ok, type Outcome } from '../kit/outcome.ts';
import { diskFault, errnoOf } from './disk-fault.ts';
import { inspectFile } from './fenced-file.ts';
import { SEALED_SUFFIX } from './sealed-file.ts';
import type { Stamp } from './stamp.ts';

/** What to do with what came from elsewhere: destroy it, or put it where only this user can look at it. */
export type FenceMode = 'purge' | 'quarantine';

/** Why a file did not pass. */
export type FenceReason =
  /** Stamped by another region, account or partition: this disk was copied here. */
  | 'foreign'
  /** Stamped by another instance of this region. */
  | 'other-instance'
  /** Without a stamp that can be read: torn, damaged, of another version. Nothing says that it is from here. */
  | 'unproven'
  /** Half written when a process was killed. */
  | 'leftover';

/** For events and `status`: names and digests, never content. */
export interface FencedFile {
  readonly path: string;
  readonly reason: FenceReason;
  readonly action: 'purged' | 'quarantined';
  /** Lower-case hex SHA-256 of the file as it lay there; empty for what was no regular file. */
  readonly sha256: string;
  /** Whose it was, when that could be read. */
  readonly stamp?: Stamp;
}

export interface FenceOptions {
  /** Folders that hold sealed files; one that does not exist holds nothing. */
  readonly folders: readonly string[];
  readonly here: Stamp;
  readonly mode: FenceMode;
  /** Made when needed, mode 0700; on the file system of the folders. */
  readonly quarantine: string;
}

/**
 * Law 3, at boot: everything sealed that is not this instance's leaves the state before it can matter. To be called with
 * the state lock held, after the identity document and before any other network call. Each file goes in one system call
 * and the others are judged anew on the next run, so that it may be killed anywhere. Files Landfall did not name are not
 * touched. What is foreign and what may be is quarantined in that mode; the rest is always purged.
 *
 * A fault means that something foreign may still lie there. The seal keeps it unreadable all the same.
 */
export async function fenceState(options: FenceOptions): Promise<Outcome<readonly FencedFile[]>> {
  const removed: FencedFile[] = [];
  for (const folder of options.folders) {
    try {
      const before = removed.length;
      for (const name of await sealedNames(folder)) {
        const fenced = await fenceFile(folder, name, options);
        if (fenced) removed.push(fenced);
      }
      if (removed.length > before) await syncFolder(folder);
    } catch (error) {
      return diskFault(error, 'remove foreign state', folder);
    }
  }
  return ok(removed);
}

const TEMPORARY = /\.sealed\.\d+\.\d+\.tmp$/;

async function sealedNames(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
    return names.filter((name) => name.endsWith(SEALED_SUFFIX) || TEMPORARY.test(name)).toSorted();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function fenceFile(
  folder: string,
  name: string,
  { here, mode, quarantine }: FenceOptions,
): Promise<FencedFile | undefined> {
  const path = `${folder}/${name}`;
  const inspected = await inspectFile(path, here);
  const reason: FenceReason | 'same' = TEMPORARY.test(name) ? 'leftover' : inspected.kinship;
  if (reason === 'same') return undefined;
  const kept =
    mode === 'quarantine' && inspected.sha256 !== '' && (reason === 'foreign' || reason === 'unproven');
  if (kept) {
    await mkdir(quarantine, { recursive: true, mode: 0o700 });
    // The digest in the name: what is there under the same name is the same content.
    await rename(path, `${quarantine}/${name}.${inspected.sha256.slice(0, 16)}`);
    await syncFolder(quarantine);
  } else {
    await rm(path, { force: true });
  }
  const { sha256, stamp } = inspected;
  return { path, reason, action: kept ? 'quarantined' : 'purged', sha256, ...(stamp ? { stamp } : {}) };
}

import { createHash } from 'node:crypto';
import type { Dirent, Stats } from 'node:fs';
import { lstat, readlink, rename, rmdir, unlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '../../kit/errno.ts';
import type { HeldFolder } from '../folder/held-folder.ts';
import { makeQuarantine, moveToQuarantine } from './quarantine.ts';
import type { RenderedFile } from '../folder/register-format.ts';
import { digestOfFile } from '../stamp/regular-file.ts';

export interface RemovalOptions {
  /** Where regular files go instead of being destroyed. */
  readonly quarantine: string | undefined;
  /**
   * Epoch ms; undefined: all of it goes. Else the instance lives here already, and only what it cannot have put there goes:
   * what was last changed before, or still is what the register says.
   */
  readonly since: number | undefined;
  /** Digest of what this instance has put in the place of it, and which stays whatever a clock says. */
  readonly spare?: string;
}

/** What became of an entry. `kept`: something lies there that the entry does not speak of. */
export type Removal =
  | { readonly kind: 'absent' | 'kept' }
  | {
      readonly kind: 'removed';
      readonly action: 'purged' | 'quarantined';
      readonly sha256: string;
      /** Below a tree. */
      readonly files: number;
      /** Further names of the file on this disk (hard links), which nobody knows. */
      readonly otherNames: number;
    };

/**
 * Takes one entry out of the folder it lies in. A file that has become a link or a folder is not ours any more, nor is a link
 * that has become a file. A tree goes with all that lies below it on the same file system; what is mounted below it stays.
 * @throws the errno of what kept it from going; of a tree the first one, when everything else is gone.
 */
export async function removeEntry(
  folder: HeldFolder,
  name: string,
  entry: RenderedFile,
  options: RemovalOptions,
): Promise<Removal> {
  const status = await statusOf(folder, name);
  if (!status) return { kind: 'absent' };
  const kind = entry.kind ?? 'file';
  if (kind === 'folder') return status.isDirectory() ? removeIfEmpty(folder, name) : { kind: 'kept' };
  if (status.isDirectory()) {
    return kind === 'tree' || kind === 'owned' ? removeTree(folder, name, status, options) : { kind: 'kept' };
  }
  if (kind === 'link' ? !status.isSymbolicLink() : kind === 'file' && !status.isFile())
    return { kind: 'kept' };
  if (kind === 'tree') return { kind: 'kept' };
  return removeLeaf(folder, name, { status, expected: entry.sha256 }, options);
}

interface Leaf {
  readonly status: Stats;
  readonly expected: string;
}

async function removeLeaf(
  folder: HeldFolder,
  name: string,
  { status, expected }: Leaf,
  { quarantine, since, spare }: RemovalOptions,
): Promise<Removal> {
  const at = folder.at(name);
  const sha256 = await digestOf(at, status);
  if (spare !== undefined && spare !== '' && sha256 === spare) return { kind: 'kept' };
  const isOld = since === undefined || status.ctimeMs < since;
  if (!isOld && (expected === '' || sha256 !== expected)) return { kind: 'kept' };
  const isKept = quarantine !== undefined && status.isFile() && sha256 !== '';
  if (isKept) await moveToQuarantine(at, sha256, quarantine);
  else await unlink(at);
  const action = isKept ? 'quarantined' : 'purged';
  const otherNames = status.isFile() ? status.nlink - 1 : 0;
  return { kind: 'removed', action, sha256: status.isFile() ? sha256 : '', files: 1, otherNames };
}

async function removeIfEmpty(folder: HeldFolder, name: string): Promise<Removal> {
  try {
    await rmdir(folder.at(name));
    return { kind: 'removed', action: 'purged', sha256: '', files: 0, otherNames: 0 };
  } catch (error) {
    // Something of others is in it, or mounted there.
    if (['ENOTEMPTY', 'EEXIST', 'EBUSY'].includes(errnoOf(error))) return { kind: 'kept' };
    throw error;
  }
}

async function removeTree(
  folder: HeldFolder,
  name: string,
  { dev }: Stats,
  options: RemovalOptions,
): Promise<Removal> {
  const { quarantine, since } = options;
  if (quarantine !== undefined && since === undefined && (await movedWhole(folder, name, quarantine)))
    return { kind: 'removed', action: 'quarantined', sha256: '', files: 0, otherNames: 0 };
  const walk: TreeWalk = { dev, options, files: 0, spared: false, error: undefined };
  for (let round = 1; ; round += 1) {
    await emptyFolder(folder, name, walk);
    if (walk.error !== undefined) throw walk.error;
    if (walk.spared || !(await statusOf(folder, name))) break;
    // What unpacked it has outlived the agent, and writes on. It ends when its folder is gone, and that is soon.
    if (round === ROUNDS) throw new StillWritten(`${folder.path}/${name} is being written to`);
    await sleep(ROUND_MS);
  }
  const action = quarantine === undefined ? 'purged' : 'quarantined';
  const isThere = (await statusOf(folder, name)) !== undefined;
  if (walk.files === 0 && isThere) return { kind: 'kept' };
  return { kind: 'removed', action, sha256: '', files: walk.files, otherNames: 0 };
}

/** Together ten seconds, and as much again as the rounds themselves take. */
const ROUNDS = 200;
const ROUND_MS = 50;

class StillWritten extends Error {
  readonly code = 'EBUSY';
}

interface TreeWalk {
  readonly dev: number;
  readonly options: RemovalOptions;
  files: number;
  /** Something is to stay. */
  spared: boolean;
  /** The first one; the rest of the tree goes all the same. */
  error: unknown;
}

/** Removes what may go below NAME, and then NAME itself, when nothing is left in it. */
async function emptyFolder(parent: HeldFolder, name: string, walk: TreeWalk): Promise<void> {
  try {
    const held = await parent.below(name);
    try {
      const children = await held.entries();
      for (let at = 0; at < children.length; at += ABREAST)
        await Promise.all(children.slice(at, at + ABREAST).map((child) => removeChild(held, child, walk)));
    } finally {
      await held.close();
    }
    await removeIfEmpty(parent, name);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') walk.error ??= error;
  }
}

/** A tree of 20,000 files goes in a second or two, and not in a minute; each of them holds a descriptor at most. */
const ABREAST = 16;

async function removeChild(held: HeldFolder, child: Dirent, walk: TreeWalk): Promise<void> {
  const { quarantine, since } = walk.options;
  try {
    const { name } = child;
    // The digest of what goes for good, in a tree, nobody asks for.
    if (!child.isDirectory() && quarantine === undefined && since === undefined) {
      await unlink(held.at(name));
      walk.files += 1;
      return;
    }
    const status = await statusOf(held, name);
    if (!status) return;
    if (status.dev !== walk.dev) {
      // Another file system is another volume's affair: its register lies on it.
      walk.spared = true;
      return;
    }
    if (status.isDirectory()) return await emptyFolder(held, name, walk);
    const removed = await removeLeaf(held, name, { status, expected: '' }, walk.options);
    if (removed.kind === 'removed') walk.files += 1;
    else if (removed.kind === 'kept') walk.spared = true;
  } catch (error) {
    if (errnoOf(error) === 'EBUSY') walk.spared = true;
    else if (errnoOf(error) !== 'ENOENT') walk.error ??= error;
  }
}

/** In one step, where quarantine lies on the same file system. */
async function movedWhole(folder: HeldFolder, name: string, quarantine: string): Promise<boolean> {
  await makeQuarantine(quarantine);
  const path = `${folder.path}/${name}`;
  const target = `${quarantine}/${name.slice(0, NAME_CHARACTERS)}.${sha256Of(path).slice(0, 16)}`;
  try {
    await rename(folder.at(name), target);
    return true;
  } catch (error) {
    if (['EXDEV', 'ENOTEMPTY', 'EEXIST', 'EBUSY'].includes(errnoOf(error))) return false;
    throw error;
  }
}

const NAME_CHARACTERS = 60;

/** Of a link where it leads, of a file its content; empty for what cannot be read, which does not keep it from going. */
async function digestOf(at: string, status: Stats): Promise<string> {
  try {
    if (status.isSymbolicLink()) return sha256Of(await readlink(at));
    return status.isFile() ? ((await digestOfFile(at)) ?? '') : '';
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw error;
    return '';
  }
}

async function statusOf(folder: HeldFolder, name: string): Promise<Stats | undefined> {
  return lstat(folder.at(name)).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

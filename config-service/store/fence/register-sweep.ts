import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errnoOf } from '../../kit/errno.ts';
import { holdFolder, type HeldFolder } from '../folder/held-folder.ts';
import { mountOf, type MountPoint } from '../folder/mounts.ts';
import type { RenderedFile } from '../folder/register-format.ts';
import { digestOfFile } from '../stamp/regular-file.ts';
import type { Stamp } from '../stamp/stamp.ts';
import { removeEntry, type Removal, type RemovalOptions } from './entry-removal.ts';
import type { FencedFile, FenceReason, Obstacle } from './fenced-file.ts';

export interface RegisterSweepOptions {
  readonly reason: FenceReason;
  readonly stamp: Stamp;
  /** Effective user id of this process. */
  readonly uid: number;
  readonly mounts: readonly MountPoint[];
  /** Of a register that lies on a volume: its mount point, which nothing that it names leaves. */
  readonly within?: string;
  /** What this instance put on the host itself. */
  readonly own: readonly RenderedFile[];
  readonly removal: RemovalOptions;
  readonly onRemoved: (file: FencedFile) => void;
  readonly onObstacle: (obstacle: Obstacle) => void;
  /** Told of a file that nobody registered and that is the same as one that somebody did. */
  readonly onCopy: (path: string) => void;
}

export interface SweptRegister {
  /** Not found, and what they lie on may only be away: they have to be looked for again. */
  readonly awaited: readonly RenderedFile[];
  /** False: something that has to go is still there. */
  readonly isClean: boolean;
}

/** Takes what a register names off this host: files, links and trees, each durably. The folders come later, by themselves. */
export async function sweepEntries(
  entries: readonly RenderedFile[],
  options: RegisterSweepOptions,
): Promise<SweptRegister> {
  const awaited: RenderedFile[] = [];
  let isClean = true;
  const stuck = (path: string, kind: FencedFile['kind'], error: unknown): void => {
    isClean = false;
    options.onObstacle({ path, kind, reason: options.reason, error });
  };
  const own = ownPaths(options.own);
  for (const [path, inFolder] of byFolder(entries.filter(({ kind }) => kind !== 'folder'))) {
    try {
      const folder = await holdFolder(path, walkOf(options));
      if (!folder) {
        awaited.push(...inFolder);
        continue;
      }
      try {
        // Another file system lies there by now: it is not this volume's to speak of.
        const { within, mounts } = options;
        if (within !== undefined && mountOf(folder.path, mounts)?.path !== within) continue;
        const isAway = (entry: RenderedFile): boolean => isElsewhere(folder.path, entry, mounts);
        awaited.push(...(await sweepFolder(folder, inFolder, { ...options, own, stuck, isAway })));
      } finally {
        await folder.close();
      }
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') continue;
      for (const entry of inFolder) stuck(entry.path, kindOf(entry), error);
    }
  }
  return { awaited, isClean };
}

/** The folders that were made on the way, the innermost first; one that is not empty is somebody's by now. */
export async function sweepFolders(
  entries: readonly RenderedFile[],
  options: RegisterSweepOptions,
): Promise<void> {
  const folders = entries.filter(({ kind }) => kind === 'folder');
  const own = ownPaths(options.own);
  for (const entry of folders.toSorted((a, b) => b.path.length - a.path.length)) {
    // That it is left, empty, says nothing of any region.
    if (own.all.has(entry.path)) continue;
    const folder = await holdFolder(dirname(entry.path), walkOf(options)).catch(() => undefined);
    if (!folder) continue;
    await removeEntry(folder, basename(entry.path), entry, options.removal).catch(() => {});
    await folder.close();
  }
}

interface FolderSweep extends Omit<RegisterSweepOptions, 'own'> {
  readonly own: OwnPaths;
  readonly stuck: (path: string, kind: FencedFile['kind'], error: unknown) => void;
  readonly isAway: (entry: RenderedFile) => boolean;
}

/** Gives what is to be looked for again. */
async function sweepFolder(
  folder: HeldFolder,
  entries: readonly RenderedFile[],
  sweep: FolderSweep,
): Promise<readonly RenderedFile[]> {
  const awaited: RenderedFile[] = [];
  // What cannot be listed may be removed all the same.
  const names = await folder.names().catch(() => []);
  let isTouched = false;
  for (const entry of entries) {
    try {
      const name = basename(entry.path);
      for (const half of names.filter((each) => isTemporaryOf(each, name)))
        isTouched = (await removeHalf(folder, half, entry, sweep)) || isTouched;
      // What this instance has put in its place stays; what still is what the register says, goes.
      const spare = sweep.own.all.get(entry.path);
      const since = overlaps(entry, sweep.own) ? (sweep.removal.since ?? 0) : sweep.removal.since;
      const gone = await removeEntry(folder, name, entry, {
        ...sweep.removal,
        since,
        ...(spare !== undefined && { spare }),
      });
      tell(entry.path, sweep.reason, gone, entry, sweep);
      isTouched ||= gone.kind === 'removed';
      if (gone.kind === 'absent' && sweep.isAway(entry)) awaited.push(entry);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') sweep.stuck(entry.path, kindOf(entry), error);
    }
  }
  if (sweep.reason === 'foreign') {
    const files = entries.filter(({ kind }) => kind === undefined);
    const copies = await copiesIn(folder, new Set(files.map(({ sha256 }) => sha256)));
    for (const path of copies) if (!sweep.own.all.has(path)) sweep.onCopy(path);
  }
  if (isTouched) await folder.sync().catch((error: unknown) => sweep.stuck(folder.path, 'rendered', error));
  return awaited;
}

/** Half written ones hold what it was to hold; they are destroyed, quarantine or not. */
async function removeHalf(
  folder: HeldFolder,
  half: string,
  entry: RenderedFile,
  sweep: FolderSweep,
): Promise<boolean> {
  const path = join(dirname(entry.path), half);
  try {
    const isFolder = (await lstat(folder.at(half))).isDirectory();
    const gone = await removeEntry(
      folder,
      half,
      { path, sha256: '', kind: isFolder ? 'folder' : 'owned' },
      { ...sweep.removal, quarantine: undefined },
    );
    tell(path, 'leftover', gone, entry, sweep);
    return gone.kind === 'removed';
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') sweep.stuck(path, kindOf(entry), error);
    return false;
  }
}

function tell(
  path: string,
  reason: FenceReason,
  gone: Removal,
  entry: RenderedFile,
  sweep: FolderSweep,
): void {
  if (gone.kind !== 'removed') return;
  const { action, sha256, files, otherNames } = gone;
  const kind = kindOf(entry);
  sweep.onRemoved({
    path,
    kind,
    reason,
    stamp: sweep.stamp,
    action,
    sha256,
    ...(kind === 'tree' && { files }),
    ...(otherNames > 0 && { otherNames }),
  });
}

function byFolder(entries: readonly RenderedFile[]): ReadonlyMap<string, RenderedFile[]> {
  const folders = new Map<string, RenderedFile[]>();
  for (const entry of entries) {
    const path = dirname(entry.path);
    const inFolder = folders.get(path);
    if (inFolder) inFolder.push(entry);
    else folders.set(path, [entry]);
  }
  return folders;
}

interface OwnPaths {
  /** By path: its digest. */
  readonly all: ReadonlyMap<string, string>;
  readonly trees: readonly string[];
}

function ownPaths(own: readonly RenderedFile[]): OwnPaths {
  const trees = own.filter(({ kind }) => kind === 'tree' || kind === 'owned');
  return {
    all: new Map(own.map(({ path, sha256 }) => [path, sha256])),
    trees: trees.map(({ path }) => path),
  };
}

/**
 * Whether a volume that was there when it was registered is not there now: then its absence says nothing.
 * @param folder where it would lie.
 */
function isElsewhere(folder: string, { mount = '/' }: RenderedFile, mounts: readonly MountPoint[]): boolean {
  return mount !== '/' && mountOf(folder, mounts)?.path !== mount;
}

function overlaps({ path, kind }: RenderedFile, { all, trees }: OwnPaths): boolean {
  if (all.has(path) || trees.some((tree) => path.startsWith(`${tree}/`))) return true;
  const isTree = kind === 'tree' || kind === 'owned';
  return isTree && [...all.keys()].some((one) => one.startsWith(`${path}/`));
}

function kindOf({ kind }: RenderedFile): FencedFile['kind'] {
  if (kind === undefined) return 'rendered';
  return kind === 'owned' ? 'tree' : kind;
}

function walkOf({ uid, within }: RegisterSweepOptions): { uid: number; within?: string } {
  return within === undefined ? { uid } : { uid, within };
}

/** Files of a folder that are looked at, and how large they may be: it is done once, at a boot somebody waits for. */
const MAX_FILES = 200;
const MAX_BYTES = 1024 * 1024;

const OF_NOTHING = createHash('sha256').digest('hex');

/**
 * Files of the folder that hold, byte for byte, what one of `digests` names: what somebody moved aside, linked or backed up,
 * under a name that is in no register. They are told and not removed, for they were not put there by Landfall. Disks are not
 * searched: what lies in other folders nobody knows.
 */
async function copiesIn(folder: HeldFolder, digests: ReadonlySet<string>): Promise<readonly string[]> {
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

/**
 * Whether `entry` is a half written NAME beside it. As `writeFileAtomic` names them (`NAME`.PID.N.tmp), and as apply does:
 * `.landfall-DIGEST.tmp` for a target, `NAME`.landfall-init for a file of an init document, `.NAME.next` for a link.
 */
function isTemporaryOf(entry: string, name: string): boolean {
  if (/^\.landfall-[0-9a-f]{16}\.tmp$/.test(entry)) return true;
  if (entry === '.current.next' && name === 'current') return true;
  return (
    entry.startsWith(`${name}.`) && /^(?:\d+\.\d+\.tmp|landfall-init)$/.test(entry.slice(name.length + 1))
  );
}

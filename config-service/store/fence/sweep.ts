import { readdir, rmdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder, writeFileAtomic } from '../../kit/atomic-file.ts';
import { errnoOf } from '../../kit/errno.ts';
import type { FencedFile, FenceReason, Obstacle } from './fenced-file.ts';
import type { MountPoint } from '../folder/mounts.ts';
import { dropIncoming, moveToQuarantine, quarantineIn } from './quarantine.ts';
import { printRegister, type ReadRegister, type RenderedFile } from '../folder/register-format.ts';
import { sweepEntries, sweepFolders, type RegisterSweepOptions } from './register-sweep.ts';
import { digestOfFile } from '../stamp/regular-file.ts';
import { inspectRegister, REGISTER_NAME } from '../folder/register-file.ts';
import type { Stamp } from '../stamp/stamp.ts';
import { stateFileOf } from '../folder/state-file.ts';

export interface SweepOptions {
  readonly folder: string;
  /** Effective user id of this process. */
  readonly uid: number;
  /** Why what carries this stamp has to go; undefined: it stays. */
  readonly judge: (stamp: Stamp | undefined) => FenceReason | undefined;
  /** Put what is or may be foreign into quarantine, instead of destroying it. */
  readonly keeps: boolean;
  readonly onRemoved: (file: FencedFile) => void;
  readonly mounts: readonly MountPoint[];
  /** Makes durable what has to be looked for again, before the register that named it goes. */
  readonly keepAwaited: (files: readonly RenderedFile[]) => Promise<void>;
}

/** Where a register lies, beside the one in the state folder, and what it may speak of. */
export interface FoundRegister {
  readonly path: string;
  readonly read: ReadRegister;
  readonly reason: FenceReason;
  /** The volume it lies on, which nothing that it names leaves; undefined: it speaks of the whole host. */
  readonly within?: string;
  /** Epoch ms: see `RemovalOptions`. */
  readonly since?: number;
}

/**
 * Takes out of a state folder what `judge` says, one file after the other and each in one step, so that it may be killed
 * anywhere and run again. What is in the way of one file does not save the others.
 */
export class Sweep {
  readonly removed: FencedFile[] = [];
  readonly obstacles: Obstacle[] = [];
  /** The register could not be read: files it named may still lie on this host. */
  namesLost = false;
  /** Files that somebody made of what a register names: left, for they are not Landfall's. */
  readonly copies = new Set<string>();
  readonly #options: SweepOptions;
  readonly #endings: (() => Promise<void>)[] = [];

  constructor(options: SweepOptions) {
    this.#options = options;
  }

  get mounts(): readonly MountPoint[] {
    return this.#options.mounts;
  }

  /** The register in the state folder. */
  async rendered(): Promise<void> {
    const { folder, uid, judge } = this.#options;
    const path = `${folder}/${REGISTER_NAME}`;
    const register = await this.#look({ path, kind: 'register' }, () =>
      inspectRegister(path, uid).catch(unread(UNREAD)),
    );
    if (!register) return;
    const { stamp } = register;
    const reason = judge(stamp);
    if (!reason) return;
    this.namesLost ||= register.kind === 'unreadable';
    if (register.kind === 'read') await this.listed({ path, read: register, reason }, []);
    else await this.#remove({ path, kind: 'register', reason });
  }

  /** Sealed and stamped files, and what half written ones are left. */
  async state(): Promise<void> {
    const { folder, judge } = this.#options;
    const quarantine = quarantineIn(folder);
    await this.#look({ path: quarantine, kind: 'sealed' }, () => dropIncoming(quarantine));
    for (const name of await namesIn(folder)) {
      const path = `${folder}/${name}`;
      const whole = name.replace(TEMPORARY, '');
      const known = stateFileOf(whole);
      const kind = whole === REGISTER_NAME ? 'register' : known?.kind;
      if (kind && whole !== name) await this.#remove({ path, kind, reason: 'leftover' });
      if (!known || whole !== name) continue;
      const file = { path, kind: known.kind };
      await this.#look(file, async () => {
        const stamp = await known.stampAt(path).catch(unread(undefined));
        const reason = judge(stamp);
        if (reason) await this.#remove({ ...file, reason, ...(stamp && { stamp }) });
      });
    }
    if (this.removed.length > 0) await this.#look({ path: folder, kind: 'sealed' }, () => syncFolder(folder));
  }

  /**
   * What a register names. Once the files are gone for good, or are awaited, for what they lie on is away, it has said all it
   * can, and `finish` ends it: as long as one of them is there, so is the list of them.
   */
  async listed(register: FoundRegister, own: readonly RenderedFile[]): Promise<void> {
    const { path, read, reason } = register;
    const options = this.#entryOptions(register, own);
    // What its commands have put on a disk of this region is of this region.
    const entries = read.files.filter(({ kind }) => kind !== 'owned' || reason !== 'other-instance');
    const { awaited, isClean } = await sweepEntries(entries, options);
    if (!isClean) return;
    const folders = entries.filter(({ kind }) => kind === 'folder');
    try {
      if (reason === 'foreign' && awaited.length > 0)
        await this.#options.keepAwaited(withFolders(awaited, folders));
    } catch (error) {
      this.obstacles.push({ path, kind: 'register', reason, error });
      return;
    }
    // From here on a file that is missing is gone, and not away with its folder.
    if (folders.length > 0)
      await writeFileAtomic(path, foldersOnly(register, folders), 0o600).catch(() => {});
    this.#endings.push(async () => {
      await sweepFolders(folders, options);
      await this.#remove({ path, kind: 'register', reason, stamp: read.stamp });
      // Of the last one on a volume nothing stays.
      if (register.within !== undefined) await rmdir(dirname(path)).catch(() => {});
    });
  }

  /** The folders that were made on the way, and the registers themselves: when everything that any of them names is done with. */
  async finish(): Promise<void> {
    for (const end of this.#endings.splice(0)) await end();
  }

  /** What was awaited; gives what still is. */
  async again(register: FoundRegister, own: readonly RenderedFile[]): Promise<readonly RenderedFile[]> {
    const entries = register.read.files;
    const options = this.#entryOptions(register, own);
    const { awaited, isClean } = await sweepEntries(entries, options);
    // What is in the way of some keeps all of them in the list: which, the obstacles say.
    if (!isClean) return entries;
    const folders = entries.filter(({ kind }) => kind === 'folder');
    const still = withFolders(awaited, folders);
    await sweepFolders(
      folders.filter((folder) => !still.includes(folder)),
      options,
    );
    return still;
  }

  /** A register that has nothing more to say. */
  async dropRegister({ path, reason, read }: FoundRegister): Promise<void> {
    await this.#remove({ path, kind: 'register', reason, stamp: read.stamp });
  }

  #entryOptions(
    { read, reason, within, since }: FoundRegister,
    own: readonly RenderedFile[],
  ): RegisterSweepOptions {
    const { folder, keeps, uid, mounts, onRemoved } = this.#options;
    const quarantine = keeps && MAY_BE_FOREIGN.has(reason) ? quarantineIn(folder) : undefined;
    return {
      reason,
      stamp: read.stamp,
      uid,
      mounts,
      own,
      ...(within !== undefined && { within }),
      removal: { quarantine, since },
      onRemoved: (file) => {
        this.removed.push(file);
        onRemoved(file);
      },
      onObstacle: (obstacle) => this.obstacles.push(obstacle),
      onCopy: (copy) => this.copies.add(copy),
    };
  }

  async #remove(file: Going): Promise<void> {
    await this.#look(file, async () => {
      const at = file.path;
      const sha256 = await digestOfFile(at).catch(unread(''));
      const { folder, keeps, onRemoved } = this.#options;
      const isKept = keeps && sha256 && MAY_BE_FOREIGN.has(file.reason);
      if (isKept) await moveToQuarantine(at, sha256, quarantineIn(folder));
      else await unlink(at);
      const action = isKept ? 'quarantined' : 'purged';
      const fenced: FencedFile = { ...file, action, sha256: sha256 ?? '' };
      this.removed.push(fenced);
      onRemoved(fenced);
    });
  }

  /** What is not there (any more) is no obstacle. */
  async #look<T>(file: Omit<Obstacle, 'error'>, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      const { path, kind, reason } = file;
      this.obstacles.push({ path, kind, ...(reason && { reason }), error });
      return undefined;
    }
  }
}

type Going = Omit<FencedFile, 'action' | 'sha256'>;

const MAY_BE_FOREIGN: ReadonlySet<FenceReason> = new Set(['foreign', 'unproven']);

/** With those of the folders that lie on the way to them. */
function withFolders(
  entries: readonly RenderedFile[],
  folders: readonly RenderedFile[],
): readonly RenderedFile[] {
  const above = new Set<string>();
  for (const { path } of entries)
    for (let folder = dirname(path); folder !== '/' && !above.has(folder); folder = dirname(folder))
      above.add(folder);
  return [...entries, ...folders.filter(({ path }) => above.has(path))];
}

function foldersOnly({ read, within = '' }: FoundRegister, folders: readonly RenderedFile[]): string {
  const listed = folders.map(({ path, mount, ...rest }) => ({
    ...rest,
    path: path.slice(within.length),
    ...(mount !== undefined && within === '' && { mount }),
  }));
  return printRegister(read.stamp, listed, read.owner && { owner: read.owner });
}

/** As `writeFileAtomic` names them. */
const TEMPORARY = /\.\d+\.\d+\.tmp$/;

const UNREAD = { kind: 'unreadable', reason: 'it cannot be read', sha256: '', stamp: undefined } as const;

/** A bad sector or a wrong mode does not keep a file from being removed: `instead` stands for what it holds. */
function unread<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (errnoOf(error) === 'ENOENT') throw error;
    return instead;
  };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

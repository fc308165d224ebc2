import { readdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../kit/atomic-file.ts';
import { errnoOf } from '../kit/errno.ts';
import type { FencedFile, FenceReason } from './fenced-file.ts';
import { dropIncoming, moveToQuarantine, quarantineIn } from './quarantine.ts';
import type { RegisterRead } from './register-format.ts';
import { digestOfFile } from './regular-file.ts';
import { locateRendered, temporariesOf } from './rendered-file.ts';
import { inspectRegister, REGISTER_NAME } from './rendered-register.ts';
import type { Stamp } from './stamp.ts';
import { stateFileOf } from './state-file.ts';

export interface SweepOptions {
  readonly folder: string;
  /** Effective user id of this process. */
  readonly uid: number;
  /** Why what carries this stamp has to go; undefined: it stays. */
  readonly judge: (stamp: Stamp | undefined) => FenceReason | undefined;
  /** Put what is or may be foreign into quarantine, instead of destroying it. */
  readonly keeps: boolean;
  readonly onRemoved: (file: FencedFile) => void;
}

/** A file that has to go and did not, or that could not even be judged. */
export interface Obstacle {
  readonly path: string;
  readonly kind: FencedFile['kind'];
  /** Undefined when it could not be judged. */
  readonly reason?: FenceReason;
  readonly error: unknown;
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
  readonly #options: SweepOptions;

  constructor(options: SweepOptions) {
    this.#options = options;
  }

  /**
   * The files in the register, then the register: as long as one of the first is there, so is the list of them, and it
   * goes only when their going is durable.
   */
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
    if (register.kind === 'read' && !(await this.#listed(register, reason))) return;
    await this.#remove({ path, kind: 'register', reason, ...(stamp && { stamp }) });
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

  /** True when all of them are gone for good. */
  async #listed({ stamp, files }: ReadRegister, reason: FenceReason): Promise<boolean> {
    const before = this.obstacles.length;
    const folders = new Set<string>();
    for (const { path } of files) {
      const file = { path, kind: 'rendered', reason, stamp } as const;
      await this.#look(file, async () => {
        const at = await locateRendered(path, this.#options.uid);
        if (at === undefined) return;
        folders.add(dirname(at));
        for (const half of await temporariesOf(at))
          await this.#remove({ ...file, path: half, reason: 'leftover' });
        await this.#remove(file, at);
      });
    }
    for (const path of folders) await this.#look({ path, kind: 'rendered', reason }, () => syncFolder(path));
    return this.obstacles.length === before;
  }

  /** @param at where it lies, when links lead there. */
  async #remove(file: Going, at = file.path): Promise<void> {
    await this.#look(file, async () => {
      const sha256 = await digestOfFile(at).catch(unread(''));
      // What was a file when it was rendered and is a link or a folder now is not ours any more.
      if (sha256 === undefined && file.kind === 'rendered' && file.reason !== 'leftover') return;
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

type ReadRegister = Extract<RegisterRead, { kind: 'read' }>;
type Going = Omit<FencedFile, 'action' | 'sha256'>;

const MAY_BE_FOREIGN: ReadonlySet<FenceReason> = new Set(['foreign', 'unproven']);

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

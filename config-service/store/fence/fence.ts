import { stat } from 'node:fs/promises';
import { ok, fail, type Fail, type Outcome } from '../../kit/outcome.ts';
import { AWAITED_NAME, joinedEntries, loadAwaited, saveAwaited } from '../folder/awaited-register.ts';
import { diskFault } from '../stamp/disk-fault.ts';
import { PUT_KINDS, type FencedFile, type FenceReason, type Obstacle } from './fenced-file.ts';
import { MOUNT_TABLE, readMounts } from '../folder/mounts.ts';
import type { RenderedFile } from '../folder/register-format.ts';
import { inspectRegister, REGISTER_NAME } from '../folder/register-file.ts';
import { findSharedRegisters, type RegisterSharing } from '../folder/shared-registers.ts';
import { Sweep } from './sweep.ts';
import { compareStamps, type Stamp } from '../stamp/stamp.ts';

/** What to do with what came from elsewhere: destroy it, or put it where only this user can look at it. */
export type FenceMode = 'purge' | 'quarantine';

export interface FenceOptions {
  /** The state folder; one that does not exist holds nothing. */
  readonly folder: string;
  /** False when the folder takes no writes now. */
  readonly writable: boolean;
  readonly here: Stamp;
  /** Effective user id of this process. */
  readonly uid: number;
  readonly mode: FenceMode;
  /** Where registers lie that other settings than ours have written; undefined: none are looked for. */
  readonly sharing?: RegisterSharing;
  /** Epoch ms. */
  readonly now?: number;
  /** Told of each file as it goes, so that a boot that is cut short has said so. */
  readonly onRemoved?: (file: FencedFile) => void;
  /** `/proc/self/mountinfo`, elsewhere in tests. */
  readonly mountTable?: string;
}

export interface Fenced {
  readonly removed: readonly FencedFile[];
  /** What had to go from a folder that takes no writes: nothing of it is used, and what holds values does not open. */
  readonly left: readonly LeftFile[];
  /** The register could not be read, so that rendered files may be left on this host under names nobody knows. */
  readonly namesLost: boolean;
  /** Paths of another region that lie on what is not here now: looked for again when something is mounted. */
  readonly awaited: readonly string[];
  /** Files beside those of another region that hold the same, under a name that is not Landfall's: left where they are. */
  readonly copies: readonly string[];
}

export interface LeftFile {
  readonly path: string;
  readonly kind: FencedFile['kind'];
  /** `unproven` also for what could not be read at all. */
  readonly reason: FenceReason;
}

/**
 * Law 3, at boot: everything that is not this instance's leaves before it can matter, state and what was put on the host with
 * it alike. To be called with the state lock held, after the identity document and before any other network call. It may be
 * killed anywhere and run again. Files Landfall did not name are not touched.
 *
 * A fault means that something foreign may still lie there, and the boot has to end: `LF_REGION_LEFT` for what was put on the
 * host and cannot be removed, `LF_STATE_DIR` for state. State may stay in a folder that takes no writes: its stamp is judged
 * again at each load. A register that cannot be trusted (torn, newer, of another owner) goes, but nothing on its say.
 */
export async function fenceState(options: FenceOptions): Promise<Outcome<Fenced>> {
  const { folder, writable } = options;
  const sweep = await openSweep(options);
  try {
    await sweep.rendered();
    await fenceOthers(sweep, options);
    await sweep.finish();
    await sweep.state();
  } catch (error) {
    return diskFault(error, OPERATION, folder);
  }
  const put = sweep.obstacles.filter(({ kind }) => PUT_KINDS.has(kind));
  if (put.length > 0) return leftFault(put);
  const [stuck] = sweep.obstacles;
  if (stuck && writable) return diskFault(stuck.error, OPERATION, folder);
  return ok(await fencedBy(sweep, options));
}

/**
 * The fence once more, for what was mounted since: what is awaited, and the registers that came with a volume. To be called
 * before anything reads what was mounted. `LF_REGION_LEFT` names what cannot be removed; it is tried again with the next call.
 */
export async function fenceMounted(options: FenceOptions): Promise<Outcome<Fenced>> {
  const sweep = await openSweep(options);
  try {
    await fenceOthers(sweep, options);
    await sweep.finish();
  } catch (error) {
    return diskFault(error, OPERATION, options.folder);
  }
  const put = sweep.obstacles.filter(({ kind }) => PUT_KINDS.has(kind));
  return put.length > 0 ? leftFault(put) : ok(await fencedBy(sweep, options));
}

async function openSweep(options: FenceOptions): Promise<Sweep> {
  const { folder, here, uid, mode, mountTable = MOUNT_TABLE, onRemoved = () => {} } = options;
  const since = await arrivalOf(options);
  return new Sweep({
    folder,
    uid,
    judge: (stamp) => reasonFor(stamp, here),
    keeps: mode === 'quarantine',
    onRemoved,
    mounts: await readMounts(mountTable),
    keepAwaited: async (files) => {
      const before = await loadAwaited(folder, uid);
      await saveAwaited(folder, here, { since, files: joinedEntries(before?.files ?? [], files) });
    },
  });
}

async function fenceOthers(sweep: Sweep, options: FenceOptions): Promise<void> {
  const { folder, here, uid, sharing } = options;
  const own = (await ownEntries(options)) ?? [];
  const awaited = await loadAwaited(folder, uid);
  if (awaited) {
    const { files, since } = awaited;
    const read = { kind: 'read', stamp: here, files } as const;
    const path = `${folder}/${AWAITED_NAME}`;
    const still = await sweep.again({ path, read, reason: 'foreign', since }, own);
    if (still.length < files.length) await saveAwaited(folder, here, { since, files: still });
  }
  const found = sharing ? await findSharedRegisters(sharing, uid, sweep.mounts) : [];
  for (const register of found) {
    const reason = reasonFor(register.read.stamp, here);
    // A volume that came from a sibling in this region holds nothing of another one.
    if (!reason || (reason === 'other-instance' && register.within !== undefined)) continue;
    await sweep.listed({ ...register, reason }, own);
  }
}

async function fencedBy(sweep: Sweep, { folder, uid }: FenceOptions): Promise<Fenced> {
  const awaited = await loadAwaited(folder, uid).catch(() => undefined);
  return {
    removed: sweep.removed,
    left: sweep.obstacles.map(({ path, kind, reason = 'unproven' }) => ({ path, kind, reason })),
    namesLost: sweep.namesLost,
    copies: [...sweep.copies],
    awaited: (awaited?.files ?? []).filter(({ kind }) => kind !== 'folder').map(({ path }) => path),
  };
}

/** What this instance has put on the host, by its own register; undefined when it has none. */
async function ownEntries({ folder, here, uid }: FenceOptions): Promise<readonly RenderedFile[] | undefined> {
  const read = await inspectRegister(`${folder}/${REGISTER_NAME}`, uid).catch(() => undefined);
  return read?.kind === 'read' && compareStamps(read.stamp, here) === 'same' ? read.files : undefined;
}

/** Epoch ms. A clock that is behind at boot must not make what was there look young. */
async function arrivalOf(options: FenceOptions): Promise<number> {
  const { folder, now = 0 } = options;
  const written = await stat(`${folder}/${REGISTER_NAME}`).catch(() => undefined);
  const isOwn = (await ownEntries(options)) !== undefined;
  return isOwn || !written ? now : Math.max(now, Math.ceil(written.mtimeMs));
}

/** What was put on the host and should be gone: final until somebody helps. */
export function leftFault(obstacles: readonly Obstacle[]): Fail {
  const problems = obstacles.map(({ path, error }) => ({
    code: 'LF_REGION_LEFT' as const,
    message: error instanceof Error ? error.message : String(error),
    file: path,
  }));
  return fail({
    code: 'LF_REGION_LEFT',
    operation: 'remove',
    subject: problems.length === 1 ? 'a rendered file' : `${problems.length} rendered files`,
    cause: problems[0]?.message ?? 'unknown',
    hint: 'Remove them by hand and start again; `lsattr` shows an immutable flag, `findmnt` a read-only mount.',
    problems,
  });
}

const OPERATION = 'remove foreign state';

function reasonFor(stamp: Stamp | undefined, here: Stamp): FenceReason | undefined {
  const kinship = stamp ? compareStamps(stamp, here) : 'unproven';
  return kinship === 'same' ? undefined : kinship;
}

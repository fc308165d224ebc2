import { rm } from 'node:fs/promises';
import { fail, ok, type Fail, type Outcome } from '../../kit/outcome.ts';
import { diskFault } from '../stamp/disk-fault.ts';
import { AWAITED_NAME } from '../folder/awaited-register.ts';
import { PUT_KINDS, type FencedFile } from './fenced-file.ts';
import { readMounts } from '../folder/mounts.ts';
import { findSharedRegisters, type RegisterSharing } from '../folder/shared-registers.ts';
import { leftFault } from './fence.ts';
import { fenceHosts } from './fenced-hosts.ts';
import { journalIn } from './hosts-file.ts';
import { quarantineIn } from './quarantine.ts';
import { inspectRegister, REGISTER_NAME } from '../folder/register-file.ts';
import { BOOT_MARK, emptyRunFolder } from './run-folder.ts';
import { findStateFolder } from '../folder/state-folder.ts';
import { acquireStateLock } from '../folder/state-lock.ts';
import { Sweep } from './sweep.ts';

export interface EmptyStateOptions {
  readonly stateDir: string;
  readonly runDir: string;
  /** Effective user id of this process. */
  readonly uid: number;
  readonly pid: number;
  /** Where copies of the register lie; undefined: none are looked for. */
  readonly sharing?: RegisterSharing;
  /** Undefined: no file of host names is looked at. */
  readonly hostsFile?: string;
}

/**
 * Before an image is made: everything of ours leaves this host, whoever's it is. State, rendered files, register,
 * quarantine, the private folders of the run folder. `LF_STATE_LOCKED` while a daemon runs: it would write anew.
 *
 * A register that cannot be read stays, and is `LF_REGION_LEFT` each time, until somebody has looked for what it named.
 */
export async function emptyState(options: EmptyStateOptions): Promise<Outcome<readonly FencedFile[]>> {
  const { stateDir, runDir, uid, pid, sharing, hostsFile } = options;
  const found = await findStateFolder(stateDir, uid);
  if (found.kind !== 'ok') return found;
  const folder = found.value;
  const emptyHosts = async (): Promise<Outcome<readonly FencedFile[]>> =>
    hostsFile === undefined
      ? ok([])
      : fenceHosts({ path: hostsFile, journal: journalIn(folder) }, undefined, 0);
  if (folder === undefined) return both(await emptyHosts(), await emptied(runDir));
  const lock = await acquireStateLock(folder, pid);
  if (lock.kind !== 'ok') return lock;
  try {
    const state = await emptyFolder(folder, uid, sharing);
    if (state.kind !== 'ok') return state;
    return both(state, both(await emptyHosts(), await emptied(runDir)));
  } finally {
    await lock.value.release();
    await rm(`${folder}/lock`, { force: true }).catch(() => {});
  }
}

function both(
  one: Outcome<readonly FencedFile[]>,
  other: Outcome<readonly FencedFile[]>,
): Outcome<readonly FencedFile[]> {
  if (one.kind !== 'ok') return one;
  return other.kind === 'ok' ? ok([...one.value, ...other.value]) : other;
}

async function emptyFolder(
  folder: string,
  uid: number,
  sharing: RegisterSharing | undefined,
): Promise<Outcome<readonly FencedFile[]>> {
  const register = `${folder}/${REGISTER_NAME}`;
  const mounts = await readMounts();
  const sweep = new Sweep({
    folder,
    uid,
    judge: () => 'emptied',
    keeps: false,
    onRemoved: () => {},
    mounts,
    // What is away is on no image.
    keepAwaited: async () => {},
  });
  try {
    await sweep.state();
    await rm(quarantineIn(folder), { recursive: true, force: true });
    await rm(`${folder}/${BOOT_MARK}`, { force: true });
    const read = await inspectRegister(register, uid).catch(() => undefined);
    if (read?.kind === 'unreadable') return unknownFault(register, read.reason);
    await sweep.rendered();
    for (const found of sharing ? await findSharedRegisters(sharing, uid, mounts) : [])
      await sweep.listed({ ...found, reason: 'emptied' }, []);
    await sweep.finish();
    await rm(`${folder}/${AWAITED_NAME}`, { force: true });
  } catch (error) {
    return diskFault(error, OPERATION, folder);
  }
  const rendered = sweep.obstacles.filter(({ kind }) => PUT_KINDS.has(kind));
  if (rendered.length > 0) return leftFault(rendered);
  const [stuck] = sweep.obstacles;
  return stuck ? diskFault(stuck.error, OPERATION, folder) : ok(sweep.removed);
}

async function emptied(runDir: string): Promise<Outcome<readonly FencedFile[]>> {
  try {
    return ok(await emptyRunFolder(runDir, 'emptied'));
  } catch (error) {
    return diskFault(error, 'empty', runDir);
  }
}

const OPERATION = 'empty state folder';

function unknownFault(register: string, reason: string): Fail {
  return fail({
    code: 'LF_REGION_LEFT',
    operation: 'remove the files listed in',
    subject: register,
    cause: reason,
    hint: 'Remove what the templates of the plan have put on this host, then delete this register.',
  });
}

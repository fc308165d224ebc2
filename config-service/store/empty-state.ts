import { rm } from 'node:fs/promises';
import { fail, ok, type Fail, type Outcome } from '../kit/outcome.ts';
import { diskFault } from './disk-fault.ts';
import { AWAITED_NAME } from './awaited-register.ts';
import { PUT_KINDS, type FencedFile } from './fenced-file.ts';
import { readMounts } from './mounts.ts';
import { findSharedRegisters, type RegisterSharing } from './shared-registers.ts';
import { leftFault } from './fence.ts';
import { quarantineIn } from './quarantine.ts';
import { inspectRegister, REGISTER_NAME } from './register-file.ts';
import { BOOT_MARK, emptyRunFolder } from './run-folder.ts';
import { findStateFolder } from './state-folder.ts';
import { acquireStateLock } from './state-lock.ts';
import { Sweep } from './sweep.ts';

export interface EmptyStateOptions {
  readonly stateDir: string;
  readonly runDir: string;
  /** Effective user id of this process. */
  readonly uid: number;
  readonly pid: number;
  /** Where copies of the register lie; undefined: none are looked for. */
  readonly sharing?: RegisterSharing;
}

/**
 * Before an image is made: everything of ours leaves this host, whoever's it is. State, rendered files, register,
 * quarantine, the private folders of the run folder. `LF_STATE_LOCKED` while a daemon runs: it would write anew.
 *
 * A register that cannot be read stays, and is `LF_REGION_LEFT` each time, until somebody has looked for what it named.
 */
export async function emptyState(options: EmptyStateOptions): Promise<Outcome<readonly FencedFile[]>> {
  const { stateDir, runDir, uid, pid, sharing } = options;
  const found = await findStateFolder(stateDir, uid);
  if (found.kind !== 'ok') return found;
  const folder = found.value;
  if (folder === undefined) return emptied(runDir);
  const lock = await acquireStateLock(folder, pid);
  if (lock.kind !== 'ok') return lock;
  try {
    const state = await emptyFolder(folder, uid, sharing);
    if (state.kind !== 'ok') return state;
    const run = await emptied(runDir);
    return run.kind === 'ok' ? ok([...state.value, ...run.value]) : run;
  } finally {
    await lock.value.release();
    await rm(`${folder}/lock`, { force: true }).catch(() => {});
  }
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

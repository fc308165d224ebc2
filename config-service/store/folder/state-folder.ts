import { chmod, lstat, mkdir, open, realpath, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf, errnoOrText } from '../../kit/errno.ts';
import { fail, ok, type Fail, type Outcome } from '../../kit/outcome.ts';
import { diskFault } from '../stamp/disk-fault.ts';

/** A probe of this many bytes also finds a disk that is full but for an inode. */
const PROBE_BYTES = 4096;

/**
 * Makes sure that `path` is a folder that only this user can reach and that takes writes; gives its real path. A link in
 * its place is followed when this user or root made it (`/var/lib/landfall` on a data volume), else it may be a trap.
 *
 * `LF_STATE_DIR` as a retry: it cannot be written now (read-only, full, no access); the agent can go on without keeping
 * anything. As a failure: it is not what it should be, and using it would be wrong.
 *
 * @param uid the effective user id of this process.
 */
export async function openStateFolder(path: string, uid: number): Promise<Outcome<string>> {
  try {
    await makeFolder(path, 0o700);
    const found = await trustedFolder(path, uid, [uid], STATE);
    if (found.kind !== 'ok') return found;
    const folder = found.value;
    const { mode } = await stat(folder);
    if ((mode & 0o777) !== 0o700) await chmod(folder, 0o700);
    await probe(folder);
    return ok(folder);
  } catch (error) {
    return diskFault(error, 'use state folder', path);
  }
}

/**
 * The real path of the state folder as it is, made and changed by nothing; undefined when it is not there, or is out of
 * reach for this user. The same trust as above.
 */
export async function findStateFolder(path: string, uid: number): Promise<Outcome<string | undefined>> {
  try {
    return await trustedFolder(path, uid, [uid], STATE);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].includes(errnoOf(error))) return ok(undefined);
    return diskFault(error, 'use state folder', path);
  }
}

/**
 * The run folder as `path`, which others may read and nobody else may write: whoever can rename in it puts a script of his own where
 * a command of root's is about to run, and a socket where root's programs ask. It may be root's also when this process is not.
 * `LF_STATE_DIR` as a failure.
 */
export async function openRunFolder(path: string, uid: number): Promise<Outcome<string>> {
  try {
    await makeFolder(path, 0o755);
    const found = await trustedFolder(path, uid, [uid, 0], RUN);
    if (found.kind !== 'ok') return found;
    const { mode } = await stat(found.value);
    if ((mode & 0o002) === 0) return ok(path);
    return unusable(
      RUN,
      path,
      'every user may write to it',
      `Run chmod o-w ${found.value}, or ${RUN.elsewhere}.`,
    );
  } catch (error) {
    return fail({
      code: 'LF_STATE_DIR',
      operation: 'create',
      subject: path,
      cause: errnoOrText(error),
      hint: 'Create it for this user, or choose another with LANDFALL_RUN_DIR.',
    });
  }
}

interface Purpose {
  readonly operation: string;
  readonly elsewhere: string;
}

const STATE: Purpose = { operation: 'use state folder', elsewhere: 'set `state-dir` elsewhere' };
const RUN: Purpose = { operation: 'use run folder', elsewhere: 'set `run-dir` elsewhere' };

async function trustedFolder(
  path: string,
  uid: number,
  owners: readonly number[],
  purpose: Purpose,
): Promise<Outcome<string>> {
  const link = await lstat(path);
  if (link.isSymbolicLink() && link.uid !== uid && link.uid !== 0) {
    return unusable(purpose, path, `it is a link made by another user (uid ${link.uid})`, 'Remove the link.');
  }
  const folder = await realpath(path);
  const status = await stat(folder);
  if (!status.isDirectory())
    return unusable(purpose, path, 'it is no folder', `Move it away, or ${purpose.elsewhere}.`);
  const { uid: owner } = status;
  if (owners.includes(owner)) return ok(folder);
  const cause = `it belongs to uid ${owner}, this process is uid ${uid}`;
  return unusable(purpose, path, cause, `Run chown -R ${uid} ${folder}.`);
}

/** Not `mkdir` with `recursive`: that never returns where a parent exists and refuses with ENOENT, as procfs does. */
async function makeFolder(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return;
    const parent = dirname(path);
    if (errnoOf(error) !== 'ENOENT' || parent === path) throw error;
    await makeFolder(parent, 0o755);
    await mkdir(path, { mode });
  }
}

async function probe(folder: string): Promise<void> {
  const path = `${folder}/probe.sealed.0.0.tmp`;
  try {
    const file = await open(path, 'w', 0o600);
    try {
      await file.writeFile(Buffer.alloc(PROBE_BYTES));
      await file.sync();
    } finally {
      await file.close();
    }
  } finally {
    await rm(path, { force: true });
  }
}

function unusable({ operation }: Purpose, path: string, cause: string, hint: string): Fail {
  return fail({ code: 'LF_STATE_DIR', operation, subject: path, cause, hint });
}

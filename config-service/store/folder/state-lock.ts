import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { fail, ok, type Fail, type Outcome } from '../../kit/outcome.ts';
import { diskFault } from '../stamp/disk-fault.ts';

/** The folder is ours until `release`, or until this process ends in whatever way. */
export interface StateLock {
  release(): Promise<void>;
}

const SQLITE_BUSY = 5;

/**
 * Takes the state folder for one process. Node offers no file lock but one: SQLite's, a lock of the kernel that dies with
 * its process. So there is nothing stale to clean up after `kill -9`, a reboot, a reused process id or a copied image, and
 * no instant at which two could both take over, as there is with any file that holds a process id.
 *
 * The database stays empty: 0 bytes, no table, no journal. Whoever opens and closes `lock` by other means in this
 * process drops the lock (fcntl(2)): nothing else here touches it.
 *
 * @param pid of this process; the next one to knock is told. `LF_STATE_LOCKED` names it.
 */
export async function acquireStateLock(folder: string, pid: number): Promise<Outcome<StateLock>> {
  const path = `${folder}/lock`;
  const holder = `${folder}/lock.pid`;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    await chmod(path, 0o600);
    await writeFile(holder, `${pid}\n`, { mode: 0o600 });
  } catch (error) {
    database?.close();
    if (resultCode(error) === SQLITE_BUSY) return locked(folder, await readPid(holder));
    return resultCode(error) === undefined
      ? diskFault(error, 'lock', folder)
      : unlockable(path, String(error));
  }
  const held = database;
  return ok({
    async release() {
      if (!held.isOpen) return;
      await rm(holder, { force: true }).catch(() => {});
      if (held.isOpen) held.close();
    },
  });
}

/** SQLite's primary result code; undefined for an error that is not SQLite's. */
function resultCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined;
}

async function readPid(path: string): Promise<string> {
  const text = (await readFile(path, 'utf8').catch(() => '')).trim();
  return /^\d+$/.test(text) ? `process ${text}` : 'another process';
}

function locked(folder: string, holder: string): Fail {
  return fail({
    code: 'LF_STATE_LOCKED',
    operation: 'lock',
    subject: folder,
    cause: `${holder} holds it`,
    hint: 'Stop the other daemon, or give this one its own `state-dir`.',
  });
}

function unlockable(path: string, cause: string): Fail {
  return fail({
    code: 'LF_STATE_DIR',
    operation: 'lock',
    subject: path,
    cause,
    hint: 'Delete the file if it is no lock of Landfall; a file system without locks cannot hold the state folder.',
  });
}

import { chmod, lstat, mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireStateLock } from '#config-service';
import { writeFileAtomic } from '#kit/atomic-file.ts';
import { errnoOf, errnoOrText } from '#kit/errno.ts';
import { LandfallError } from '#kit/errors.ts';
import { jsonOf } from '#kit/json-text.ts';
import { valueOf } from '../console/options.ts';

/** Where a journal lies: `<folder>/<name>/journal.json`, beside its lock. */
export interface JournalPlace {
  /** As `stateFolderOf` gives it. */
  readonly folder: string;
  /** One piece of work, as a path below the folder: `swap/eu-west-1/i-1.i-2`. */
  readonly name: string;
}

/** What a command notes before it acts, so that it can go on after any kill. */
export interface Journal<T> {
  /** What lay there when it was opened. */
  readonly found: T | undefined;
  /** On the disk, whole and synced, before it resolves. */
  write(entry: T): Promise<void>;
  /** The work left nothing to go on with. */
  remove(): Promise<void>;
  close(): Promise<void>;
}

/** Refuses what is no entry of this journal by returning undefined. */
export type ReadEntry<T> = (document: unknown) => T | undefined;

/**
 * Opens the journal for this process alone; the lock is the kernel's and dies with its process.
 * @throws LandfallError `LF_STATE_LOCKED` while another process is at this very work, `LF_STATE_DIR` for a disk that fails or a
 * journal that nobody can read: it may say what must be undone, so it is never taken for none.
 */
export async function openJournal<T>(place: JournalPlace, read: ReadEntry<T>): Promise<Journal<T>> {
  const folder = join(place.folder, place.name);
  const path = join(folder, 'journal.json');
  await makeOwn(place);
  const lock = await acquireStateLock(folder, process.pid);
  if (lock.kind === 'fail' && lock.fault.code === 'LF_STATE_LOCKED') {
    const hint = 'Wait for it to end: it has the same work.';
    throw new LandfallError({ ...lock.fault, hint });
  }
  const held = valueOf(lock);
  try {
    return {
      found: await readJournal(place, read),
      write: (entry) =>
        orFault(path, 'write', () => writeFileAtomic(path, `${JSON.stringify(entry, null, 2)}\n`, 0o600)),
      remove: () => orFault(path, 'remove', () => rm(path, { force: true })),
      close: () => held.release(),
    };
  } catch (error) {
    await held.release();
    throw error;
  }
}

/**
 * Where others may write, somebody may have laid a link, or a folder of theirs: root would change what it leads to, and believe
 * what is noted there. Below the folder that was named none is followed or taken.
 */
async function makeOwn({ folder, name }: JournalPlace): Promise<void> {
  await orFault(folder, 'make', () => mkdir(folder, { recursive: true, mode: 0o700 }));
  const { uid: owner } = await orFault(folder, 'read', () => stat(folder));
  let path = folder;
  for (const part of name.split('/')) {
    path = join(path, part);
    await orFault(path, 'make', () => mkdir(path, { mode: 0o700 }).catch(unlessThere));
    const found = await orFault(path, 'read', () => lstat(path));
    const isOurs = found.uid === owner || found.uid === process.getuid?.();
    if (found.isDirectory() && isOurs) continue;
    throw new LandfallError({
      code: 'LF_STATE_DIR',
      operation: 'make',
      subject: path,
      cause: found.isDirectory() ? `it is of another user (${found.uid})` : 'it is no folder',
      hint: 'See who made it, and name a folder with --state-dir where nobody else may write.',
    });
  }
  await orFault(path, 'make', () => chmod(path, 0o700));
}

function unlessThere(error: unknown): void {
  if (errnoOf(error) !== 'EEXIST') throw error;
}

/**
 * Runs with what was noted before. Who only looks is given no journal and leaves no trace; else it is open until `run` is over.
 * @throws LandfallError as `openJournal`, and what `run` throws.
 */
export async function withJournal<T, End>(
  place: JournalPlace,
  read: ReadEntry<T>,
  onlyLooks: boolean,
  run: (found: T | undefined, journal: Journal<T> | undefined) => Promise<End>,
): Promise<End> {
  if (onlyLooks) return await run(await readJournal(place, read), undefined);
  const journal = await openJournal(place, read);
  try {
    return await run(journal.found, journal);
  } finally {
    await journal.close();
  }
}

/** For a plan, which leaves no trace: neither folder nor lock is made. */
export async function readJournal<T>(place: JournalPlace, read: ReadEntry<T>): Promise<T | undefined> {
  const path = join(place.folder, place.name, 'journal.json');
  const text = await orFault(path, 'read', () => readFile(path, 'utf8').catch(absent));
  if (text === undefined) return undefined;
  const entry = read(jsonOf(text));
  if (entry !== undefined) return entry;
  throw new LandfallError({
    code: 'LF_STATE_DIR',
    operation: 'read',
    subject: path,
    cause: 'it is no journal of this command',
    hint: 'See what stands where, put it right by hand, and move the file away.',
  });
}

function absent(error: unknown): undefined {
  if (errnoOf(error) === 'ENOENT') return undefined;
  throw error;
}

async function orFault<T>(path: string, operation: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw new LandfallError(
      {
        code: 'LF_STATE_DIR',
        operation,
        subject: path,
        cause: errnoOrText(error),
        hint: 'Name a folder with --state-dir that can be written and outlives this command.',
      },
      { cause: error },
    );
  }
}

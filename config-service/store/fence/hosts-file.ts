import type { Stats } from 'node:fs';
import { open, readFile, realpath, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomic } from '../../kit/atomic-file.ts';
import { errnoOf } from '../../kit/errno.ts';
import { isRecord } from '../../kit/is-record.ts';
import { isThere } from '../../kit/is-there.ts';
import { jsonOfBytes } from '../../kit/json-text.ts';

/** A file of host names that others write, too. */
export interface HostsFile {
  readonly path: string;
  /** In the state folder: holds what is being written in place. Undefined: there is no state folder. */
  readonly journal: string | undefined;
  /** Elsewhere in tests: where it is there, SELinux labels files. */
  readonly labels?: string;
}

/** The journal of a state folder, where there is one. */
export function journalIn(folder: string | undefined): string | undefined {
  return folder === undefined ? undefined : `${folder}/hosts.pending`;
}

/** Block lists of advertisers have some megabytes. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Others that write at the same time; each try is a few milliseconds. */
const TRIES = 5;

/**
 * Replaces the text by what `change` makes of it, and tells whether that was another one. By a rename, which a reader or a kill sees
 * whole or not at all; a link is followed, mode and owner are kept. In place, with a journal, where a rename would lose something:
 * the file is a mount of its own (containers: EBUSY), has a label of SELinux or further names. The text is latin1, byte for byte.
 * @throws the errno; EAGAIN when others change the file all the time.
 */
export async function rewriteHosts(file: HostsFile, change: (text: string) => string): Promise<boolean> {
  await recoverHosts(file);
  for (let tries = 1; ; tries += 1) {
    const path = await realpath(file.path).catch(unlessAbsent(file.path));
    const before = await readRegular(path);
    // What follows would take the place of the link.
    if (!before && (await isThere(path))) throw unfit(path, 'is a link that leads nowhere', 'ENOENT');
    const text = before?.bytes.toString('latin1') ?? '';
    const after = change(text);
    if (after === text) return false;
    try {
      await replace(file, path, before, Buffer.from(after, 'latin1'));
      return true;
    } catch (error) {
      if (!(error instanceof Overtaken) || tries === TRIES) throw error;
    }
  }
}

export async function readHosts({ path }: Pick<HostsFile, 'path'>): Promise<string> {
  return (await readRegular(path))?.bytes.toString('latin1') ?? '';
}

/**
 * Ends what a kill or a power cut left half written in place: what is there is the beginning of the new text and the rest of the old
 * one. Anything else somebody has written since, and it stays.
 */
export async function recoverHosts({ journal }: HostsFile): Promise<void> {
  if (journal === undefined) return;
  const kept = readJournal(await readFile(journal).catch(unlessAbsent()));
  if (kept) {
    const now = (await readRegular(kept.path))?.bytes;
    if (now && isBetween(now, kept)) await writeInPlace(kept.path, kept.after);
  }
  await rm(journal, { force: true });
}

class Overtaken extends Error {
  readonly code = 'EAGAIN';
}

interface Read {
  readonly bytes: Buffer;
  readonly status: Stats;
}

async function replace(
  file: HostsFile,
  path: string,
  before: Read | undefined,
  after: Buffer,
): Promise<void> {
  const check = async (): Promise<void> => {
    const now = await readRegular(path);
    const isSame = before ? now?.bytes.equals(before.bytes) && now.status.ino === before.status.ino : !now;
    if (!isSame) throw new Overtaken(`${path} is being changed by others`);
  };
  const { mode = 0o644, uid = -1, gid = -1, nlink = 1 } = before?.status ?? {};
  if (nlink === 1 && !(before && (await isThere(file.labels ?? LABELS)))) {
    try {
      const place = { temporary: `${dirname(path)}/.landfall-hosts.tmp`, uid, gid, beforeRename: check };
      return await writeFileAtomic(path, after, mode & 0o7777, place);
    } catch (error) {
      if (!before || !IN_PLACE.has(errnoOf(error))) throw error;
    }
  }
  const { journal } = file;
  if (journal !== undefined)
    await writeFileAtomic(
      journal,
      printJournal({ path, before: before?.bytes ?? Buffer.alloc(0), after }),
      0o600,
    );
  await check();
  await writeInPlace(path, after);
  if (journal !== undefined) await rm(journal, { force: true });
}

const LABELS = '/sys/fs/selinux/enforce';

/** A mount of its own, or a folder that takes no new file: the file itself may take bytes. */
const IN_PLACE: ReadonlySet<string> = new Set(['EBUSY', 'EXDEV', 'EROFS', 'EACCES', 'EPERM']);

async function writeInPlace(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'r+');
  try {
    // Not `write`, which may end short.
    await file.writeFile(bytes);
    await file.truncate(bytes.length);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function readRegular(path: string): Promise<Read | undefined> {
  const status = await stat(path).catch(unlessAbsent());
  if (!status) return undefined;
  if (!status.isFile()) throw unfit(path, 'is no regular file', 'EINVAL');
  if (status.size > MAX_BYTES) throw unfit(path, 'is too large', 'EFBIG');
  return { bytes: await readFile(path), status };
}

function unfit(path: string, why: string, code: string): Error {
  return Object.assign(new Error(`${path} ${why}`), { code });
}

interface Journal {
  readonly path: string;
  readonly before: Buffer;
  readonly after: Buffer;
}

function printJournal({ path, before, after }: Journal): string {
  return JSON.stringify({ path, before: before.toString('base64'), after: after.toString('base64') });
}

function readJournal(bytes: Buffer | undefined): Journal | undefined {
  const kept = bytes && jsonOfBytes(bytes);
  if (!isRecord(kept)) return undefined;
  const { path, before, after } = kept;
  if (typeof path !== 'string' || typeof before !== 'string' || typeof after !== 'string') return undefined;
  return { path, before: Buffer.from(before, 'base64'), after: Buffer.from(after, 'base64') };
}

/** Whether `now` is what writing `after` over `before` may leave when it is cut short: the one up to some byte, from there the other. */
function isBetween(now: Buffer, { before, after }: Journal): boolean {
  if (now.equals(before)) return false;
  let written = 0;
  while (written < now.length && now[written] === after[written]) written += 1;
  if (now.length !== before.length) return now.length > before.length && written === now.length;
  let left = 0;
  while (left < now.length && now[now.length - 1 - left] === before[now.length - 1 - left]) left += 1;
  return written + left >= now.length;
}

function unlessAbsent<T = undefined>(instead?: T): (error: unknown) => T {
  return (error) => {
    if (errnoOf(error) !== 'ENOENT') throw error;
    return instead as T;
  };
}

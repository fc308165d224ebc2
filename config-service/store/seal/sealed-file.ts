import { rm } from 'node:fs/promises';
import { writeFileAtomic } from '../../kit/atomic-file.ts';
import { errnoOrText } from '../../kit/errno.ts';
import { ok, type Outcome } from '../../kit/outcome.ts';
import { diskFault } from '../stamp/disk-fault.ts';
import { headOfFile, openRegularFile } from '../stamp/regular-file.ts';
import { MAX_HEAD_BYTES, readSealHeader } from './seal-header.ts';
import { openSealed, seal } from './seal.ts';
import type { SealKey } from './seal-key.ts';
import type { Stamp } from '../stamp/stamp.ts';

/** Every file of the state folder that holds values ends so: it is how the fence knows its own. */
export const SEALED_SUFFIX = '.sealed';

/** A file that only this instance can read back, replaced as a whole. */
export interface SealedFile {
  load(): Promise<SealedLoad>;
  save(plaintext: Uint8Array): Promise<Outcome<void>>;
  /** No file is fine, too. */
  remove(): Promise<Outcome<void>>;
}

export type SealedLoad =
  | { readonly kind: 'loaded'; readonly plaintext: Uint8Array }
  | { readonly kind: 'absent' }
  | Ignored;

/** Something lies there and is not used. */
export interface Ignored {
  readonly kind: 'ignored';
  readonly why: 'foreign' | 'other-instance' | 'unreadable';
  /** A clause for people, such as `it is damaged`. */
  readonly reason: string;
}

/** The file `<folder>/<purpose>.sealed`, mode 0600. */
export function createSealedFile(folder: string, purpose: string, key: SealKey): SealedFile {
  const path = `${folder}/${purpose}${SEALED_SUFFIX}`;
  return {
    async load() {
      const bytes = await readRegularFile(path).catch(errnoOrText);
      if (bytes === 'ENOENT') return { kind: 'absent' };
      if (typeof bytes === 'string') return unreadable(`reading it gave ${bytes}`);
      if (!bytes) return unreadable('it is no regular file');
      const opened = openSealed(key, purpose, bytes);
      if (opened.kind === 'opened') return { kind: 'loaded', plaintext: opened.plaintext };
      return { kind: 'ignored', why: opened.kind, reason: opened.reason };
    },
    save: (plaintext) =>
      onDisk('write', path, () => writeFileAtomic(path, seal(key, purpose, plaintext), 0o600)),
    remove: () => onDisk('remove', path, () => rm(path, { force: true })),
  };
}

/**
 * Whose file this is, by the clear part of its envelope: a stamp that was forged to look local still has a seal that does
 * not open. Undefined when there is none that can be read.
 * @throws the errno of what kept it from being read.
 */
export async function stampOfSealed(path: string): Promise<Stamp | undefined> {
  const read = readSealHeader(await headOfFile(path, MAX_HEAD_BYTES));
  return read.kind === 'read' ? read.header.stamp : undefined;
}

async function readRegularFile(path: string): Promise<Uint8Array | undefined> {
  const handle = await openRegularFile(path);
  try {
    return await handle?.readFile();
  } finally {
    await handle?.close();
  }
}

function unreadable(reason: string): Ignored {
  return { kind: 'ignored', why: 'unreadable', reason };
}

async function onDisk(operation: string, path: string, work: () => Promise<void>): Promise<Outcome<void>> {
  try {
    return ok(await work());
  } catch (error) {
    return diskFault(error, operation, path);
  }
}

import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { writeFileAtomic } from '../kit/atomic-file.ts';
import { ok, type Outcome } from '../kit/outcome.ts';
import { diskFault, errnoOf } from './disk-fault.ts';
import { openSealed, seal } from './seal.ts';
import type { SealKey } from './seal-key.ts';

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
      const bytes = await readRegularFile(path).catch((error: unknown) => errnoOf(error) || String(error));
      if (bytes === 'ENOENT') return { kind: 'absent' };
      if (typeof bytes === 'string')
        return { kind: 'ignored', why: 'unreadable', reason: `reading it gave ${bytes}` };
      const opened = openSealed(key, purpose, bytes);
      if (opened.kind === 'opened') return { kind: 'loaded', plaintext: opened.plaintext };
      return { kind: 'ignored', why: opened.kind, reason: opened.reason };
    },
    save: (plaintext) =>
      onDisk('write', path, () => writeFileAtomic(path, seal(key, purpose, plaintext), 0o600)),
    remove: () => onDisk('remove', path, () => rm(path, { force: true })),
  };
}

/** Never follows a link in its last step, and never waits for the other end of a pipe. */
async function readRegularFile(path: string): Promise<Uint8Array | string> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return (await handle.stat()).isFile() ? await handle.readFile() : 'no regular file';
  } finally {
    await handle.close();
  }
}

async function onDisk(operation: string, path: string, work: () => Promise<void>): Promise<Outcome<void>> {
  try {
    return ok(await work());
  } catch (error) {
    return diskFault(error, operation, path);
  }
}

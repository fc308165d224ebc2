import { createHash } from 'node:crypto';
import { writeFileAtomic } from '../kit/atomic-file.ts';
import { errnoOrText } from '../kit/errno.ts';
import { ok, type Outcome } from '../kit/outcome.ts';
import { diskFault } from './disk-fault.ts';
import {
  isPlainPath,
  printRegister,
  readRegister,
  type RegisterRead,
  type RenderedFile,
} from './register-format.ts';
import { openRegularFile } from './regular-file.ts';
import type { Ignored } from './sealed-file.ts';
import { compareStamps, describeStamp, type Stamp } from './stamp.ts';

export const REGISTER_NAME = 'rendered.register';

/** Far more than the plan of an instance names: some 400,000 files. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * What the fence reads at the next boot: on another instance every file in it goes before anything else happens. Stamped
 * but not sealed, for there it has to be read without the key: paths and digests, never values.
 */
export interface RenderedRegister {
  /** Never fails: what cannot be used is ignored, with the reason. */
  load(): Promise<RegisterLoad>;
  /**
   * Durable when it resolves with ok; one save after the other. A path has to be in it before the file is put in place.
   * @throws for a path that is not absolute and plain: a defect of the caller.
   */
  save(files: readonly RenderedFile[]): Promise<Outcome<void>>;
}

export type RegisterLoad =
  | { readonly kind: 'loaded'; readonly files: readonly RenderedFile[] }
  | { readonly kind: 'absent' }
  | Ignored;

/** The register `<folder>/rendered.register`, mode 0600. Needs no key: without a signature files are rendered, too. */
export function createRenderedRegister(folder: string, here: Stamp, uid: number): RenderedRegister {
  const path = `${folder}/${REGISTER_NAME}`;
  let saved: Promise<unknown> = Promise.resolve();
  return {
    async load() {
      const found = await inspectRegister(path, uid).catch(errnoOrText);
      if (found === 'ENOENT') return { kind: 'absent' };
      if (typeof found === 'string') return ignored('unreadable', `reading it gave ${found}`);
      if (found.kind === 'unreadable') return ignored('unreadable', found.reason);
      const kinship = compareStamps(found.stamp, here);
      if (kinship === 'same') return { kind: 'loaded', files: found.files };
      return ignored(kinship, `it belongs to ${describeStamp(found.stamp)}`);
    },
    async save(files) {
      const odd = files.find((file) => !isPlainPath(file.path));
      if (odd) throw new Error(`${JSON.stringify(odd.path)} is no absolute, plain path`);
      const text = printRegister(here, files);
      const writing = saved.then(async () => {
        try {
          return ok(await writeFileAtomic(path, text, 0o600));
        } catch (error) {
          return diskFault(error, 'write', path);
        }
      });
      saved = writing;
      return writing;
    },
  };
}

/**
 * The register at `path` and the digest of it (empty for what is no regular file). One that neither this user nor root
 * owns is unreadable, whatever it says: whoever could plant it could have any file removed.
 * @throws the errno of what kept it from being read, `ENOENT` included.
 */
export async function inspectRegister(
  path: string,
  uid: number,
): Promise<RegisterRead & { readonly sha256: string }> {
  const handle = await openRegularFile(path);
  if (!handle) return unreadable('it is no regular file');
  try {
    const { size, uid: owner } = await handle.stat();
    if (size > MAX_BYTES) return unreadable('it is larger than any register');
    const bytes = await handle.readFile();
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (owner !== uid && owner !== 0) return unreadable(`it belongs to uid ${owner}`, sha256);
    return { ...readRegister(bytes.toString('utf8')), sha256 };
  } finally {
    await handle.close();
  }
}

function unreadable(
  reason: string,
  sha256 = '',
): Extract<RegisterRead, { kind: 'unreadable' }> & { sha256: string } {
  return { kind: 'unreadable', reason, sha256 };
}

function ignored(why: Ignored['why'], reason: string): Ignored {
  return { kind: 'ignored', why, reason };
}

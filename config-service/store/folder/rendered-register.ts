import { writeFileAtomic } from '../../kit/atomic-file.ts';
import { errnoOrText } from '../../kit/errno.ts';
import { ok, type Outcome } from '../../kit/outcome.ts';
import { createSerial } from '../../kit/serial.ts';
import { diskFault } from '../stamp/disk-fault.ts';
import { inspectRegister, REGISTER_NAME } from './register-file.ts';
import { isPlainPath, printRegister, type RenderedFile } from './register-format.ts';
import type { Ignored } from '../seal/sealed-file.ts';
import { readMounts } from './mounts.ts';
import { shareRegister, withMounts, type RegisterSharing } from './shared-registers.ts';
import { compareStamps, describeStamp, type Stamp } from '../stamp/stamp.ts';

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

/** Copies of the register, and who hears of those that could not be written. */
export interface RegisterCopies {
  readonly sharing: RegisterSharing;
  readonly onUnshared: (failed: readonly string[]) => void;
}

/** The register `<folder>/rendered.register`, mode 0600. Needs no key: without a signature files are rendered, too. */
export function createRenderedRegister(
  folder: string,
  here: Stamp,
  uid: number,
  copies?: RegisterCopies,
): RenderedRegister {
  const path = `${folder}/${REGISTER_NAME}`;
  const serial = createSerial();
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
      return serial.run(async () => {
        try {
          const mounts = await readMounts();
          const placed = withMounts(files, mounts);
          await writeFileAtomic(path, printRegister(here, placed), 0o600);
          if (copies) copies.onUnshared(await shareRegister(copies.sharing, { here, uid }, placed, mounts));
          return ok(undefined);
        } catch (error) {
          return diskFault(error, 'write', path);
        }
      });
    },
  };
}

function ignored(why: Ignored['why'], reason: string): Ignored {
  return { kind: 'ignored', why, reason };
}

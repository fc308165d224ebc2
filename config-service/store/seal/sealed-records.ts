import { readdir } from 'node:fs/promises';
import { errnoOf } from '../../kit/errno.ts';
import { ok, type Outcome } from '../../kit/outcome.ts';
import { diskFault } from '../stamp/disk-fault.ts';
import { createSealedFile, SEALED_SUFFIX, type SealedLoad } from './sealed-file.ts';
import type { SealKey } from './seal-key.ts';

/** A family of files that only this instance can read back, each replaced as a whole: checkpoints, journals, a spool. */
export interface SealedRecords<Name extends string = string> {
  /** Those that lie there, in alphabetical order; whether they open is another question. */
  names(): Promise<Outcome<readonly Name[]>>;
  /** Never fails: what cannot be used is ignored, with the reason. */
  load(name: Name): Promise<SealedLoad>;
  /** Durable when it resolves with ok. Of one record, saves and removals happen in the order they were asked for. */
  save(name: Name, bytes: Uint8Array): Promise<Outcome<void>>;
  /** No record is fine, too. */
  remove(name: Name): Promise<Outcome<void>>;
}

/**
 * The files `<folder>/<family>.<name>.sealed`. Family and name are sealed in: one record cannot stand in for another.
 * @throws from its functions for a name that is not of lower-case letters, digits and dashes: a defect of the caller.
 */
export function sealedRecords<Name extends string = string>(
  folder: string,
  key: SealKey,
  family: string,
): SealedRecords<Name> {
  const under = new Map<Name, Promise<Outcome<void>>>();
  const file = (name: Name) => {
    if (!NAME.test(name)) throw new Error(`${JSON.stringify(name)} cannot name a record`);
    return createSealedFile(folder, `${family}.${name}`, key);
  };
  const queue = (name: Name, work: () => Promise<Outcome<void>>): Promise<Outcome<void>> => {
    const mine = (under.get(name) ?? Promise.resolve()).then(work);
    under.set(name, mine);
    return mine.finally(() => {
      if (under.get(name) === mine) under.delete(name);
    });
  };
  return {
    async names() {
      try {
        return ok(recordsIn(await readdir(folder), `${family}.`) as readonly Name[]);
      } catch (error) {
        return errnoOf(error) === 'ENOENT' ? ok([]) : diskFault(error, 'list', folder);
      }
    },
    load: async (name) => file(name).load(),
    async save(name, bytes) {
      const record = file(name);
      return queue(name, () => record.save(bytes));
    },
    async remove(name) {
      const record = file(name);
      return queue(name, () => record.remove());
    },
  };
}

const NAME = /^[a-z0-9-]+$/;

function recordsIn(files: readonly string[], prefix: string): readonly string[] {
  return files
    .filter((file) => file.startsWith(prefix) && file.endsWith(SEALED_SUFFIX))
    .map((file) => file.slice(prefix.length, -SEALED_SUFFIX.length))
    .filter((name) => NAME.test(name))
    .toSorted();
}

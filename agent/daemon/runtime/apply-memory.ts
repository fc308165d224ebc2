import {
  createRenderedRegister,
  type RegisterCopies,
  sealedRecords,
  type SealKey,
  type Stamp,
} from '#config-service';
import type { Logger } from '#kit/logger.ts';
import { ok, type Retry, type Fail } from '#kit/outcome.ts';
import type { ApplyRecord, ApplyStore, RenderedRegister } from '../../apply/apply-store.ts';

/** What apply keeps, sealed in `apply.RECORD.sealed`; what cannot be used is as good as nothing, and is logged. */
export function sealedApplyStore(folder: string, key: SealKey, logger: Logger): ApplyStore {
  const records = sealedRecords<ApplyRecord>(folder, key, 'apply');
  return {
    async load(record) {
      const loaded = await records.load(record);
      if (loaded.kind === 'loaded') return loaded.plaintext;
      if (loaded.kind === 'ignored') warn(logger, `what apply kept (${record})`, loaded);
      return undefined;
    },
    save: (record, bytes) => records.save(record, bytes),
    remove: (record) => records.remove(record),
  };
}

/** Without a key or a folder: for this run of the agent only. */
export function passingApplyStore(): ApplyStore {
  const records = new Map<ApplyRecord, Uint8Array>();
  return {
    load: async (record) => records.get(record),
    async save(record, bytes) {
      records.set(record, bytes);
      return ok(undefined);
    },
    async remove(record) {
      records.delete(record);
      return ok(undefined);
    },
  };
}

/** Needs no key: without a signature files are rendered, too, and have to be found on a copy. */
export function keptRegister(
  folder: string,
  here: Stamp,
  uid: number,
  logger: Logger,
  copies?: RegisterCopies,
): RenderedRegister {
  const register = createRenderedRegister(folder, here, uid, copies);
  return {
    async load() {
      const loaded = await register.load();
      if (loaded.kind === 'loaded') return loaded.files;
      if (loaded.kind === 'ignored') warn(logger, 'the register of rendered files', loaded);
      return [];
    },
    save: (files) => register.save(files),
  };
}

/**
 * Where the register cannot be written nothing may be rendered: on a copy of this disk nobody would know what to remove
 * (law 3). An empty list is no file, and is fine.
 */
export function unwritableRegister(why: Retry | Fail): RenderedRegister {
  return {
    load: async () => [],
    save: async (files) => (files.length === 0 ? ok(undefined) : why),
  };
}

function warn(logger: Logger, what: string, { why, reason }: { why: string; reason: string }): void {
  logger.warn(`${what} in the state folder cannot be used`, { why, reason });
}

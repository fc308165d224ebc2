import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApplyStore, RenderedFile, RenderedRegister } from '#agent/apply/apply-store.ts';
import { writeFileAtomic } from '#kit/atomic-file.ts';
import { ok } from '#kit/outcome.ts';

/** Records as plain files: they outlive the process that wrote them, as the sealed ones do. */
export function folderStore(folder: string): ApplyStore {
  return {
    load: (record) => readFile(join(folder, record)).catch(() => undefined),
    save: async (record, bytes) => ok(await writeFileAtomic(join(folder, record), bytes, 0o600)),
    remove: async (record) => ok(await rm(join(folder, record), { force: true })),
  };
}

export function folderRegister(folder: string): RenderedRegister {
  const path = join(folder, 'register');
  return {
    load: async () => JSON.parse(await readFile(path, 'utf8').catch(() => '[]')) as readonly RenderedFile[],
    save: async (files) => ok(await writeFileAtomic(path, JSON.stringify(files), 0o600)),
  };
}

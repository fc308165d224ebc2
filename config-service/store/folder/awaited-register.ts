import { rm } from 'node:fs/promises';
import { writeFileAtomic } from '../../kit/atomic-file.ts';
import { errnoOf } from '../../kit/errno.ts';
import { printRegister, type RenderedFile } from './register-format.ts';
import { inspectRegister } from './register-file.ts';
import type { Stamp } from '../stamp/stamp.ts';

/**
 * In the state folder: what another instance put on this host and the fence did not find, because what it lies on is away. It
 * is looked for again whenever something is mounted, and at each boot, for as long as this instance lives.
 */
export const AWAITED_NAME = 'awaited.register';

export interface Awaited {
  readonly files: readonly RenderedFile[];
  /** Epoch ms: when this instance came to the disk. What is younger it may have put there itself. */
  readonly since: number;
}

/** Undefined: nothing is awaited, or what is kept cannot be used. @throws the errno, but `ENOENT`. */
export async function loadAwaited(folder: string, uid: number): Promise<Awaited | undefined> {
  const found = await inspectRegister(`${folder}/${AWAITED_NAME}`, uid).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  return found?.kind === 'read' ? { files: found.files, since: found.since ?? 0 } : undefined;
}

/** Durable when it resolves. @throws the errno of the step that failed. */
export async function saveAwaited(folder: string, here: Stamp, { files, since }: Awaited): Promise<void> {
  const path = `${folder}/${AWAITED_NAME}`;
  if (files.length === 0) return rm(path, { force: true });
  await writeFileAtomic(path, printRegister(here, files, { since }), 0o600);
}

/** Joins entries; two instances before this one may have named the same place. */
export function joinedEntries(
  a: readonly RenderedFile[],
  b: readonly RenderedFile[],
): readonly RenderedFile[] {
  return [...new Map([...a, ...b].map((file) => [`${file.kind ?? ''} ${file.path}`, file])).values()];
}

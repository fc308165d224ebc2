import { chmod, lstat, mkdir, rm, writeFile } from 'node:fs/promises';
import { ok, type Outcome } from '#kit/outcome.ts';
import { archiveProgram } from './archive-format.ts';
import { moveTree } from './archive-tree.ts';
import { runChild, succeeded } from './child.ts';
import type { SourceEntry } from './config.ts';
import { fetched, type FetchedObject } from './fetched.ts';
import { onDisk } from './files.ts';
import { INIT_LIMITS, INIT_TIMEOUTS } from './limits.ts';
import { reachFolder } from './safe-path.ts';
import { triggerOf } from './service-entry.ts';
import { initFault, placeOf, progressKey, type ConfigRun, type Section, type Task } from './task.ts';

/** Archives, unpacked over what their folder holds: once, and again when the archive changed or the folder is gone. */
export const sources: Section = async function* (run) {
  for (const source of run.config.sources) {
    const place = placeOf(run, 'sources', source.folder);
    // Without the folder there is nothing that could be unchanged.
    const isThere = await lstat(source.folder).then(
      () => true,
      () => false,
    );
    const key = isThere ? progressKey(run, 'sources', source.folder) : '';
    const found = await fetched(run, { place, url: source.url, key, maxBytes: INIT_LIMITS.archiveBytes });
    if (found.kind !== 'ok') yield found;
    else if (found.value !== undefined) yield ok(unpacking(run, source, found.value));
  }
};

function unpacking(run: ConfigRun, { folder, url }: SourceEntry, { bytes, version }: FetchedObject): Task {
  const place = placeOf(run, 'sources', folder);
  return {
    changes: [{ subject: folder, action: 'unpack', reason: `${url} is new here` }],
    triggers: [triggerOf('sources', folder)],
    act: async () => {
      const wrong = await reachFolder(folder, { uid: run.host.uid, make: true });
      if (wrong !== undefined) return initFault(place, wrong, 'Name another folder, or clear the way.');
      // In the folder itself, for a rename works within one file system only.
      const staging = `${folder === '/' ? '' : folder}/.landfall-init`;
      const unpacked = await unpack(run, place, { staging, folder, bytes });
      await rm(staging, { recursive: true, force: true });
      return unpacked.kind === 'ok'
        ? run.progress.see(progressKey(run, 'sources', folder), version)
        : unpacked;
    },
  };
}

interface Unpacking {
  readonly staging: string;
  readonly folder: string;
  readonly bytes: Uint8Array;
}

async function unpack(
  run: ConfigRun,
  place: string,
  { staging, folder, bytes }: Unpacking,
): Promise<Outcome<void>> {
  const [archive, tree] = [`${staging}/archive`, `${staging}/tree`];
  const program = archiveProgram(bytes, { archive, tree });
  if (program === undefined) {
    const hint = 'Give a tar (also packed by gzip, bzip2, xz or zstd) or a zip.';
    return initFault(place, 'the object is no archive that is known here', hint);
  }
  const laid = await onDisk(place, async () => {
    await rm(staging, { recursive: true, force: true });
    await mkdir(staging, { mode: 0o700 });
    await mkdir(tree);
    await chmod(tree, 0o755);
    await writeFile(archive, bytes, { mode: 0o600 });
  });
  if (laid.kind !== 'ok') return laid;
  const result = await runChild(run, place, program, { timeoutMs: INIT_TIMEOUTS.unpack });
  const done = succeeded(run, place, program[0], result);
  if (done.kind !== 'ok') return done;
  const moved = await onDisk(place, () => moveTree(tree, folder, run.host.uid));
  if (moved.kind !== 'ok') return moved;
  if (moved.value === undefined) return ok(undefined);
  return initFault(place, moved.value, 'Pack the archive again without it.');
}

import { chmod, lstat, mkdir, rm, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { isThere } from '#kit/is-there.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import { archiveFormat, type ArchiveFormat } from '../deploy/archive-format.ts';
import { inspectArchive, isZipWarning } from '../deploy/archive-inspection.ts';
import { createPackedAttributes, type PackedAttributes } from '../deploy/packed-attributes.ts';
import { missingFolders, registerFirst, STAGING, treeAt, unregister } from '../targets/registration.ts';
import { settleTree } from '../deploy/unpacked-tree.ts';
import { membersOf } from './archive-members.ts';
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
    const key = (await isThere(source.folder)) ? progressKey(run, 'sources', source.folder) : '';
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
      // In the folder itself, for a rename works within one file system only.
      const staging = `${folder === '/' ? '' : folder}/${STAGING}`;
      // A folder that is not there is made, and is ours with all that will be in it; of one that is there only what is put in.
      const isOurs = !(await isThere(folder));
      const made = isOurs ? [...(await missingFolders([folder])), treeAt(folder)] : [];
      const registered = await registerFirst(run.host, [...made, treeAt(staging)]);
      if (registered.kind !== 'ok') return registered;
      const wrong = await reachFolder(folder, { uid: run.host.uid, make: true });
      if (wrong !== undefined) return initFault(place, wrong, 'Name another folder, or clear the way.');
      const unpacked = await unpack(run, place, { staging, folder, isOurs, bytes });
      await rm(staging, { recursive: true, force: true });
      await unregister(run.host, [staging]);
      return unpacked.kind === 'ok'
        ? run.progress.see(progressKey(run, 'sources', folder), version)
        : unpacked;
    },
  };
}

interface Unpacking {
  readonly staging: string;
  readonly folder: string;
  /** It was not there before. */
  readonly isOurs: boolean;
  readonly bytes: Uint8Array;
}

async function unpack(
  run: ConfigRun,
  place: string,
  { staging, folder, isOurs, bytes }: Unpacking,
): Promise<Outcome<void>> {
  const [archive, tree] = [`${staging}/archive`, `${staging}/tree`];
  const format = archiveFormat(bytes, bytes);
  if (format === undefined) {
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
  const refuse = (cause: string) => initFault(place, cause, 'Pack the archive again without it.');
  const attributes = createPackedAttributes();
  const named = run.setuid.map((path) => relative(folder, path));
  const order = { archive, tree, format, named, attributes };
  const inspected = await inspect(run, place, order);
  if (inspected.kind !== 'ok') return inspected;
  if (inspected.value.kind === 'refused') return refuse(inspected.value.cause);
  const { owners } = inspected.value;
  const extracted = await extract(run, place, order);
  if (extracted.kind !== 'ok') return extracted;
  const settled = await onDisk(place, () =>
    settleTree({
      root: tree,
      homes: [folder],
      named,
      owners,
      attributes,
      packedBytes: bytes.byteLength,
    }),
  );
  if (settled.kind !== 'ok') return settled;
  if (settled.value.kind === 'refused') return refuse(settled.value.cause);
  attributes.tell(run.host.logger, place);
  const members = await onDisk(place, () => membersOf(tree, folder));
  if (members.kind !== 'ok') return members;
  const registered = await registerFirst(run.host, members.value);
  if (registered.kind !== 'ok') return registered;
  const moved = await onDisk(place, async () => {
    // Before anything is in it: what an archive packs as `.` with 0700 is nobody else's for an instant.
    if (isOurs) await chmod(folder, (await lstat(tree)).mode & 0o7777);
    return moveTree(tree, folder, run.host.uid);
  });
  if (moved.kind !== 'ok') return moved;
  return moved.value === undefined ? ok(undefined) : refuse(moved.value);
}

interface Extraction {
  readonly archive: string;
  readonly tree: string;
  readonly format: ArchiveFormat;
  readonly named: readonly string[];
  readonly attributes: PackedAttributes;
}

async function inspect(run: ConfigRun, place: string, { archive, tree, ...order }: Extraction) {
  const { runnerFor, signal } = run;
  return await inspectArchive({
    ...order,
    path: archive,
    refuseAbsolute: false,
    own: await lstat(tree),
    label: place,
    timeoutMs: INIT_TIMEOUTS.unpack,
    runnerFor,
    judge: (result) => succeeded(run, place, PROGRAMS[order.format], result),
    signal,
  });
}

const PROGRAMS = { tar: 'tar', zip: 'unzip' } as const;

async function extract(
  run: ConfigRun,
  place: string,
  { archive, tree, format, named }: Extraction,
): Promise<Outcome<void>> {
  // -K brings setuid and setgid, -X owners: what the plan does not name is stripped before anybody can reach it.
  const kept = ['-K', ...(run.host.uid === 0 && named.length > 0 ? ['-X'] : [])];
  const argv =
    format === 'zip'
      ? (['unzip', '-q', '-o', ...kept, archive, '-d', tree] as const)
      : (['tar', '--no-same-owner', '-x', '-p', '-f', archive, '-C', tree] as const);
  const result = await runChild(run, place, argv, { timeoutMs: INIT_TIMEOUTS.unpack });
  if (format === 'tar' || !isZipWarning(result)) return succeeded(run, place, PROGRAMS[format], result);
  // Made on Windows, or with a program in front: all of it was unpacked.
  run.host.logger.warn('unzip unpacked an archive with a warning', {
    place,
    output: run.redact(result.tail),
  });
  return ok(undefined);
}

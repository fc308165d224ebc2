import { open } from 'node:fs/promises';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { VolumeClaim } from '../../plan/plan.ts';
import type { BlockDevice } from './block-device.ts';
import { claimFault } from '../base/claim-fault.ts';
import type { VolumeWork } from './volume-work.ts';
import { lastLine, runTool } from '../base/tool-run.ts';

export interface FileSystem {
  readonly type: string;
  readonly uuid: string;
}

/** What lies on a device: a file system, nothing that anybody knows, or something else (LVM, LUKS, RAID, a partition table). */
export type Content =
  | { readonly kind: 'file-system'; readonly fileSystem: FileSystem }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'other'; readonly what: string };

/** Every signature in use lies within so much of the beginning or the end of a device. */
const ENDS_BYTES = 1024 * 1024;

/** `blkid -p` asks the device itself, never a cache (blkid(8): 2 is nothing found, 8 is more than one thing). */
async function examineDevice(
  { host, entry, signal }: VolumeWork,
  { timeoutMs }: VolumeClaim,
  device: BlockDevice,
): Promise<Outcome<Content>> {
  const purpose = { entry, subject: device.path, code: 'LF_CLAIM_FILESYSTEM', timeoutMs } as const;
  const ran = await runTool(host, ['blkid', '-p', '-o', 'export', device.path], purpose, signal);
  if (ran.kind !== 'ok') return ran;
  const { code } = ran.value;
  if (code === 0) return ok(contentOf(ran.value.output));
  if (code === 2) return ok({ kind: 'unknown' });
  if (code === 8) return ok({ kind: 'other', what: 'traces of more than one file system' });
  const hint = 'Look at it with blkid -p.';
  return fail(claimFault('LF_CLAIM_FILESYSTEM', 'examine', device.path, lastLine(ran.value), hint));
}

function contentOf(output: string): Content {
  const fields = new Map(
    output.split('\n').map((line): [string, string] => {
      const mark = line.indexOf('=');
      return [line.slice(0, mark), line.slice(mark + 1)];
    }),
  );
  const [type, uuid, table] = ['TYPE', 'UUID', 'PTTYPE'].map((name) => fields.get(name));
  if (type && uuid && fields.get('USAGE') === 'filesystem')
    return { kind: 'file-system', fileSystem: { type, uuid } };
  return {
    kind: 'other',
    what: type ?? (table ? `a partition table (${table})` : 'something without a name'),
  };
}

/** The file system to mount, made first when the claim says so and the volume is empty. */
export async function readyFileSystem(
  work: VolumeWork,
  claim: VolumeClaim,
  device: BlockDevice,
  volumeId: string,
): Promise<Outcome<FileSystem>> {
  const { memory, changes, entry } = work;
  const found = await examineDevice(work, claim, device);
  if (found.kind !== 'ok') return found;
  if (found.value.kind === 'file-system') {
    await forgetMaking(work, volumeId);
    return ok(found.value.fileSystem);
  }
  if (found.value.kind === 'other') return refuse(volumeId, `it holds ${found.value.what}`);
  const { makeFilesystem } = claim;
  if (makeFilesystem === undefined) return refuse(volumeId, 'it is empty, or what it holds is not known');
  // Nothing blkid knows, though not blank: half of ours, if this agent was killed while making it; otherwise data.
  const unfinished = memory.record.making.includes(volumeId);
  if (!unfinished && !(await isBlank(device))) {
    return refuse(volumeId, 'it holds no file system, and is not empty');
  }
  const noted = await memory.change({
    making: [...memory.record.making.filter((id) => id !== volumeId), volumeId],
  });
  if (noted.kind !== 'ok') return noted;
  const made = await makeFileSystem(work, claim, device, makeFilesystem);
  if (made.kind !== 'ok') return made;
  changes.push({ entry, subject: volumeId, action: 'make-filesystem', reason: makeFilesystem });
  const after = await examineDevice(work, claim, device);
  if (after.kind !== 'ok') return after;
  if (after.value.kind !== 'file-system')
    return refuse(volumeId, `mkfs.${makeFilesystem} left nothing to mount`);
  await forgetMaking(work, volumeId);
  return ok(after.value.fileSystem);
}

async function makeFileSystem(
  { host, entry, signal }: VolumeWork,
  { timeoutMs }: VolumeClaim,
  { path }: BlockDevice,
  type: 'ext4' | 'xfs',
): Promise<Outcome<void>> {
  // -F: a whole disk rather than a partition is what is meant; it takes two of them to format what is mounted.
  const argv =
    type === 'ext4' ? (['mkfs.ext4', '-q', '-F', path] as const) : (['mkfs.xfs', '-q', path] as const);
  const purpose = { entry, subject: path, code: 'LF_CLAIM_FILESYSTEM', timeoutMs } as const;
  const ran = await runTool(host, argv, purpose, signal);
  if (ran.kind !== 'ok') return ran;
  if (ran.value.code === 0) return ok(undefined);
  return fail(
    claimFault(
      'LF_CLAIM_FILESYSTEM',
      'make a file system on',
      path,
      lastLine(ran.value),
      'Check the volume.',
    ),
  );
}

/** Unreadable is not blank. */
async function isBlank({ path, bytes }: BlockDevice): Promise<boolean> {
  try {
    await using file = await open(path, 'r');
    const length = Math.min(ENDS_BYTES, bytes);
    for (const position of [0, bytes - length]) {
      const piece = Buffer.alloc(length, 1);
      const { bytesRead } = await file.read(piece, 0, length, position);
      if (bytesRead !== length || piece.some((byte) => byte !== 0)) return false;
    }
    return true;
  } catch {
    return false;
  }
}

async function forgetMaking({ memory }: VolumeWork, volumeId: string): Promise<void> {
  const making = memory.record.making.filter((id) => id !== volumeId);
  if (making.length < memory.record.making.length) await memory.change({ making });
}

function refuse(volumeId: string, cause: string): Outcome<never> {
  const hint =
    'Make a file system on it by hand, or set makeFilesystem: Landfall does so on an empty volume only.';
  return fail(claimFault('LF_CLAIM_FILESYSTEM', 'mount', volumeId, cause, hint));
}

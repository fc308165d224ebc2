import { access, mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOrText } from '#kit/errno.ts';
import { fail, ok, retry, type Outcome } from '#kit/outcome.ts';
import type { VolumeClaim } from '../../plan/plan.ts';
import type { BlockDevice } from './block-device.ts';
import { claimFault } from '../base/claim-fault.ts';
import type { HostRoots } from '../base/claims-host.ts';
import type { FileSystem } from './file-system.ts';
import { isOf, mountAt, type Mount } from './mount-table.ts';
import { lastLine, runTool } from '../base/tool-run.ts';
import type { VolumeWork } from './volume-work.ts';

/** Mounts by UUID and looks that it is the volume's: a copy of it from a snapshot carries the same one. */
export async function mountVolume(
  work: VolumeWork,
  claim: VolumeClaim,
  device: BlockDevice,
  fileSystem: FileSystem,
): Promise<Outcome<void>> {
  const { host, entry, changes, signal } = work;
  const place = await makeMountPoint(claim.mount);
  if (place.kind !== 'ok') return place;
  const path = place.value;
  const before = await mountAt(path, host.roots);
  if (before) return isOf(before, device) ? ok(undefined) : conflict(claim, before, device);
  const purpose = {
    entry,
    subject: claim.mount,
    code: 'LF_CLAIM_MOUNT',
    timeoutMs: claim.timeoutMs,
  } as const;
  const bySystemd = await isSystemd(host.roots);
  const ran = await runTool(host, mountCommand(bySystemd, claim, fileSystem, path), purpose, signal);
  if (ran.kind !== 'ok') return ran;
  const after = await mountAt(path, host.roots);
  if (after && isOf(after, device)) {
    changes.push({ entry, subject: claim.mount, action: 'mount' });
    return ok(undefined);
  }
  if (after) {
    await runTool(host, bySystemd ? ['systemd-umount', path] : ['umount', path], purpose, signal);
    return conflict(claim, after, device);
  }
  const { code } = ran.value;
  const cause = code === 0 ? 'nothing is mounted there, and no error was reported' : lastLine(ran.value);
  const hint = `Try it by hand; of what systemd mounts the journal knows more. It is ${fileSystem.type}.`;
  const fault = claimFault('LF_CLAIM_MOUNT', 'mount', claim.mount, cause, hint);
  return code === 0 ? retry(fault) : fail(fault);
}

/**
 * The agent's own unit may not mount, and has a mount namespace of its own where nobody would see it (docs/unit.md):
 * systemd mounts for it. Without systemd as init it is mount itself.
 */
export function mountCommand(
  bySystemd: boolean,
  { options }: Pick<VolumeClaim, 'options'>,
  { type, uuid }: FileSystem,
  path: string,
): readonly [string, ...string[]] {
  const how = [...(options === undefined ? [] : ['-o', options]), '-t', type, `UUID=${uuid}`, path];
  // --collect: a unit that failed once is not in the way of the next try.
  return bySystemd ? ['systemd-mount', '--quiet', '--collect', '--fsck=no', ...how] : ['mount', ...how];
}

/** The path as mountinfo shows it. */
async function makeMountPoint(path: string): Promise<Outcome<string>> {
  try {
    await mkdir(path, { recursive: true, mode: 0o755 });
    return ok(await realpath(path));
  } catch (error) {
    const cause = errnoOrText(error);
    const hint = 'It has to be a folder, or free to become one.';
    return fail(claimFault('LF_CLAIM_CONFLICT', 'make the mount point', path, cause, hint));
  }
}

/** sd_booted(3). */
async function isSystemd({ run }: HostRoots): Promise<boolean> {
  return access(join(run, 'systemd/system')).then(
    () => true,
    () => false,
  );
}

function conflict({ mount }: VolumeClaim, found: Mount, device: BlockDevice): Outcome<never> {
  const cause = `${found.source} is mounted there, not ${device.path}`;
  const hint =
    'Unmount it, or take another mount point. A copy of the volume with the same UUID has to go, too.';
  return fail(claimFault('LF_CLAIM_CONFLICT', 'mount', mount, cause, hint));
}

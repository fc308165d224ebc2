import { realpath } from 'node:fs/promises';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { VolumeClaim } from '../plan/plan.ts';
import { findBlockDevice } from './block-device.ts';
import type { ClaimChange } from './claims-host.ts';
import { isOf, mountAt } from './mount-table.ts';
import { finalFault, seekerOf } from './volume-attachment.ts';
import { chooseVolume } from './volume-choice.ts';
import type { VolumeWork } from './volume-work.ts';

/** What a claim would do from here; asks EC2 and the kernel, and touches neither. */
export async function previewAttachment(
  work: VolumeWork,
  claim: VolumeClaim,
): Promise<Outcome<readonly ClaimChange[]>> {
  const { host, ec2, entry } = work;
  const seen = await ec2.volumes({ tag: claim.tag });
  if (seen.kind !== 'ok') return seen;
  const choice = chooseVolume(seen.value, seekerOf(work, claim));
  const fault = finalFault(host, claim, choice);
  if (fault) return fail(fault);
  const reason = claim.makeFilesystem && `with a new ${claim.makeFilesystem} if it is empty`;
  const mount: ClaimChange = { entry, subject: claim.mount, action: 'mount', ...(reason ? { reason } : {}) };
  if (choice.kind === 'ours') {
    const { volume, attachment } = choice;
    const device = await findBlockDevice(volume.volumeId, attachment.device, host.roots);
    const mounted = await mountAt(await realpath(claim.mount).catch(() => claim.mount), host.roots);
    return ok(device && mounted && isOf(mounted, device) ? [] : [mount]);
  }
  const volume = 'volumes' in choice ? choice.volumes[0] : undefined;
  const when = choice.kind === 'free' ? 'it is free' : 'once it is let go';
  return ok([{ entry, subject: volume?.volumeId ?? '', action: 'attach', reason: when }, mount]);
}

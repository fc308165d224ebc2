import { ok, retry, type Outcome } from '#kit/outcome.ts';
import type { VolumeClaim } from '../../plan/plan.ts';
import { findBlockDevice, type BlockDevice } from './block-device.ts';
import { claimFault } from '../base/claim-fault.ts';
import { readyFileSystem } from './file-system.ts';
import { mountVolume } from './mounting.ts';
import { persist } from '../base/persist.ts';
import { tryAttachment, type AttachedVolume } from './volume-attachment.ts';
import type { VolumeWork } from './volume-work.ts';

export interface HeldVolume {
  readonly volumeId: string;
  readonly device: BlockDevice;
  readonly uuid: string;
  readonly mount: string;
}

const DEVICE_WAIT_MS = 500;

/**
 * Find, attach, recognise, make a file system, mount: each attempt goes the whole way again and finds what is done as
 * done, in EC2 or in the kernel. So it goes on wherever it was left, by a kill -9 as well.
 */
export async function claimVolume(work: VolumeWork, claim: VolumeClaim): Promise<Outcome<HeldVolume>> {
  const accepted: string[] = [];
  return await persist(work.host, claim.timeoutMs, work.signal, async () => {
    const attached = await tryAttachment(work, claim, accepted);
    return attached.kind === 'ok' ? await mountAttached(work, claim, attached.value) : attached;
  });
}

async function mountAttached(
  work: VolumeWork,
  claim: VolumeClaim,
  { volumeId, device: requested }: AttachedVolume,
): Promise<Outcome<HeldVolume>> {
  const device = await findBlockDevice(volumeId, requested, work.host.roots);
  if (!device) {
    const cause = `EC2 attached it as ${requested}, and no device with its serial number is there yet`;
    const hint = 'Check that the image has the NVMe driver, and ebsnvme-id or lsblk -o NAME,SERIAL.';
    return retry(claimFault('LF_CLAIM_DEVICE', 'find', volumeId, cause, hint), DEVICE_WAIT_MS);
  }
  const fileSystem = await readyFileSystem(work, claim, device, volumeId);
  if (fileSystem.kind !== 'ok') return fileSystem;
  const mounted = await mountVolume(work, claim, device, fileSystem.value);
  if (mounted.kind !== 'ok') return mounted;
  return ok({ volumeId, device, uuid: fileSystem.value.uuid, mount: claim.mount });
}

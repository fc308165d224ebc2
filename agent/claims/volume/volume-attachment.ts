import type { Fault } from '#kit/errors.ts';
import { fail, ok, retry, type Outcome } from '#kit/outcome.ts';
import type { VolumeClaim } from '../../plan/plan.ts';
import { claimFault } from '../base/claim-fault.ts';
import type { ClaimsHost } from '../base/claims-host.ts';
import type { EbsVolume } from '../ec2/ebs-volume.ts';
import { keyFault } from '../ec2/ec2-refusal.ts';
import { chooseVolume, type VolumeChoice, type VolumeSeeker } from './volume-choice.ts';
import type { VolumeWork } from './volume-work.ts';

export interface AttachedVolume {
  readonly volumeId: string;
  /** The name that was asked for, such as /dev/sdf. */
  readonly device: string;
}

/** EC2 documents /dev/sd[f-p] for EBS volumes, on any instance. */
const DEVICES = 'fghijklmnop'.split('').map((letter) => `/dev/sd${letter}`);

/** So often a volume is attached that comes loose again by itself before the key is to blame. */
const MOST_LOOSE = 2;

const SOON_MS = 1_000;

/**
 * One look, and one step if there is one to make: `ok` when EC2 shows the volume as attached to this instance alone.
 * @param accepted volumes whose attachment EC2 agreed to during this claim, once for each time.
 */
export async function tryAttachment(
  work: VolumeWork,
  claim: VolumeClaim,
  accepted: string[],
): Promise<Outcome<AttachedVolume>> {
  const { host, ec2, memory } = work;
  const seen = await ec2.volumes({ tag: claim.tag });
  if (seen.kind !== 'ok') return seen;
  const choice = chooseVolume(seen.value, seekerOf(work, claim));
  const onTheirWay: string[] = [];
  const final = finalFault(host, claim, choice);
  if (final) return fail(final);
  if (choice.kind === 'ours') {
    const { volume, attachment } = choice;
    const { volumeId } = volume;
    const noted = await keep(memory, claim, volumeId);
    if (noted.kind !== 'ok') return noted;
    if (attachment.status === 'attached') return ok({ volumeId, device: attachment.device });
    if (attachment.status === 'attaching') return retry(attachingFault(volume, attachment.device), SOON_MS);
  }
  for (const volume of choice.kind === 'free' ? choice.volumes : []) {
    const to = await host.movingTo(volume.volumeId, work.signal);
    if (to !== undefined && to !== host.instanceId) {
      onTheirWay.push(`a swap brings ${volume.volumeId} to ${to}`);
      continue;
    }
    const attached = await attach(work, claim, volume, accepted);
    if (attached.kind === 'retry' && attached.fault.code === 'LF_CLAIM_TAKEN') continue;
    return attached.kind === 'ok' ? retry(attachingFault(volume, attached.value), SOON_MS) : attached;
  }
  return retry(takenFault(claim, seen.value, onTheirWay));
}

/** Why waiting does not help; undefined when it may. */
export function finalFault(host: ClaimsHost, claim: VolumeClaim, choice: VolumeChoice): Fault | undefined {
  if (choice.kind === 'none') return missingFault(host, claim);
  if (choice.kind === 'other-zone') return zoneFault(host, claim, choice.volumes);
  return choice.kind === 'broken' ? brokenFault(claim, choice.volumes) : undefined;
}

/** What `chooseVolume` has to know of this instance. */
export function seekerOf(
  { host, memory }: Pick<VolumeWork, 'host' | 'memory'>,
  claim: VolumeClaim,
): VolumeSeeker {
  const { [claim.name]: kept, ...others } = memory.record.volumes;
  const { instanceId, zone } = host;
  return { instanceId, zone, kept, others: new Set(Object.values(others)) };
}

async function attach(
  { host, ec2, memory, entry, changes }: VolumeWork,
  claim: VolumeClaim,
  volume: EbsVolume,
  accepted: string[],
): Promise<Outcome<string>> {
  const { volumeId } = volume;
  if (volume.encrypted && accepted.filter((id) => id === volumeId).length >= MOST_LOOSE) {
    const key = volume.key ?? 'a key of KMS';
    return fail(keyFault(volumeId, `EC2 attaches it and takes that back; it is encrypted with ${key}`));
  }
  const own = await ec2.volumes({ instanceId: host.instanceId });
  if (own.kind !== 'ok') return own;
  const used = new Set(
    own.value.flatMap(({ attachments }) => attachments.map(({ device }) => bareName(device))),
  );
  const devices =
    claim.device === undefined ? DEVICES.filter((name) => !used.has(bareName(name))) : [claim.device];
  // Before it is attached: killed in between, the next start must not take it for the volume of another claim.
  const noted = await keep(memory, claim, volumeId);
  if (noted.kind !== 'ok') return noted;
  let refused: Outcome<never> = fail(noDeviceFault(volumeId));
  for (const device of devices) {
    const attached = await ec2.attach(volume, host.instanceId, device);
    if (attached.kind === 'ok') {
      accepted.push(volumeId);
      if (!accepted.slice(0, -1).includes(volumeId)) {
        changes.push({ entry, subject: volumeId, action: 'attach', reason: `as ${device}` });
      }
      return ok(device);
    }
    if (attached.fault.code !== 'LF_CLAIM_DEVICE') return attached;
    refused = attached;
  }
  return refused;
}

async function keep(
  memory: VolumeWork['memory'],
  { name }: VolumeClaim,
  volumeId: string,
): Promise<Outcome<void>> {
  const { volumes } = memory.record;
  return volumes[name] === volumeId
    ? ok(undefined)
    : await memory.change({ volumes: { ...volumes, [name]: volumeId } });
}

/** /dev/xvdf and /dev/sdf are one place. */
function bareName(device: string): string {
  return device.replace(/^\/dev\/(?:sd|xvd)/, '');
}

function subjectOf({ tag }: VolumeClaim): string {
  return `a volume with tag ${tag.name}=${tag.value}`;
}

function missingFault({ region }: ClaimsHost, claim: VolumeClaim) {
  const hint =
    'Create it in this region and zone and tag it. One of another region comes over as a snapshot.';
  return claimFault('LF_CLAIM_MISSING', 'claim', subjectOf(claim), `there is none in ${region}`, hint);
}

function zoneFault({ zone }: ClaimsHost, claim: VolumeClaim, volumes: readonly EbsVolume[]) {
  const zones = [...new Set(volumes.map((volume) => volume.zone))].toSorted().join(', ');
  const cause = `there is none in ${zone}, where this instance is, but in ${zones}`;
  const hint = 'Start the instance in that zone, or make a volume here from a snapshot of that one.';
  return claimFault('LF_CLAIM_ZONE', 'claim', subjectOf(claim), cause, hint);
}

function brokenFault(claim: VolumeClaim, volumes: readonly EbsVolume[]) {
  const states = volumes.map(({ volumeId, status }) => `${volumeId} (${status})`).join(', ');
  const hint = 'AWS cannot bring it back: make a new one from the last snapshot, and tag it.';
  return claimFault('LF_CLAIM_VOLUME', 'claim', subjectOf(claim), `the state is ${states}`, hint);
}

function takenFault(claim: VolumeClaim, volumes: readonly EbsVolume[], onTheirWay: readonly string[]) {
  if (onTheirWay.length > 0) {
    const hint = 'The agent waits for the swap to end; see who runs landfall-ops swap.';
    const cause = onTheirWay.slice(0, 5).join(', ');
    return claimFault('LF_CLAIM_TAKEN', 'claim', subjectOf(claim), cause, hint);
  }
  const holders = volumes.slice(0, 5).map(({ volumeId, status, attachments }) => {
    const holder = attachments[0];
    return `${volumeId} (${holder ? `${holder.status}, ${holder.instanceId}` : status})`;
  });
  const hint = 'The agent waits until it is let go and never forces it: unmount and detach it there.';
  return claimFault('LF_CLAIM_TAKEN', 'claim', subjectOf(claim), `not free: ${holders.join(', ')}`, hint);
}

function attachingFault({ volumeId }: EbsVolume, device: string) {
  const hint = 'If it stays so, reboot the instance: the driver may hold on to that name.';
  return claimFault('LF_CLAIM_DEVICE', 'attach', volumeId, `EC2 is still attaching it as ${device}`, hint);
}

function noDeviceFault(volumeId: string) {
  const cause = 'no name from /dev/sdf to /dev/sdp is free';
  return claimFault(
    'LF_CLAIM_DEVICE',
    'attach',
    volumeId,
    cause,
    'Detach a volume, or name a device in the plan.',
  );
}

import type { Attachment, EbsVolume } from '../ec2/ebs-volume.ts';
import { ranked } from '../base/ranking.ts';

export type VolumeChoice =
  /** Nothing carries the tag in this region. */
  | { readonly kind: 'none' }
  | { readonly kind: 'other-zone'; readonly volumes: readonly EbsVolume[] }
  /** All in this zone are in the state `error`, or being deleted. */
  | { readonly kind: 'broken'; readonly volumes: readonly EbsVolume[] }
  | { readonly kind: 'ours'; readonly volume: EbsVolume; readonly attachment: Attachment }
  /** In the order to try them. */
  | { readonly kind: 'free'; readonly volumes: readonly EbsVolume[] }
  | { readonly kind: 'taken'; readonly volumes: readonly EbsVolume[] };

export interface VolumeSeeker {
  readonly instanceId: string;
  readonly zone: string;
  /** The volume this claim had last: it, when it can be had. */
  readonly kept: string | undefined;
  /** Volumes of the other claims of this instance: not for this one. */
  readonly others: ReadonlySet<string>;
}

/**
 * Which volume to go for. One that is attached elsewhere is left alone, Multi-Attach or not: a file system that two
 * kernels write is lost.
 */
export function chooseVolume(tagged: readonly EbsVolume[], seeker: VolumeSeeker): VolumeChoice {
  const { instanceId, zone, kept, others } = seeker;
  const existing = tagged.filter(({ status }) => status !== 'deleted');
  if (existing.length === 0) return { kind: 'none' };
  const here = existing.filter((volume) => volume.zone === zone);
  if (here.length === 0) return { kind: 'other-zone', volumes: existing };
  const usable = here.filter(({ status }) => status !== 'error' && status !== 'deleting');
  if (usable.length === 0) return { kind: 'broken', volumes: here };
  const inOrder = ranked(usable, ({ volumeId }) => volumeId, instanceId)
    .filter(({ volumeId }) => !others.has(volumeId))
    .toSorted((a, b) => Number(b.volumeId === kept) - Number(a.volumeId === kept));
  for (const volume of inOrder) {
    const [attachment] = volume.attachments;
    const alone = volume.attachments.length === 1;
    if (alone && attachment?.instanceId === instanceId) return { kind: 'ours', volume, attachment };
  }
  const free = inOrder.filter(
    ({ status, attachments }) => status === 'available' && attachments.length === 0,
  );
  return free.length > 0 ? { kind: 'free', volumes: free } : { kind: 'taken', volumes: usable };
}

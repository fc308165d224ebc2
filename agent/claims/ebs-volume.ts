import type { XmlItem } from './xml-items.ts';

/** An EBS volume as DescribeVolumes shows it. */
export interface EbsVolume {
  readonly volumeId: string;
  readonly zone: string;
  /** `creating`, `available`, `in-use`, `deleting`, `deleted`, `error`. */
  readonly status: string;
  readonly sizeGiB: number;
  readonly encrypted: boolean;
  readonly key: string | undefined;
  /** More than one only with Multi-Attach. */
  readonly attachments: readonly Attachment[];
}

export interface Attachment {
  readonly instanceId: string;
  /** As it was asked for, such as /dev/sdf. */
  readonly device: string;
  /** `attaching`, `attached`, `detaching`, `detached`, `busy` (detaching, and still mounted). */
  readonly status: string;
}

export function ebsVolumeOf(item: XmlItem): EbsVolume {
  return {
    volumeId: item.field('volumeId') ?? '',
    zone: item.field('availabilityZone') ?? '',
    status: item.field('status') ?? '',
    sizeGiB: Number(item.field('size')),
    encrypted: item.field('encrypted') === 'true',
    key: item.field('kmsKeyId') || undefined,
    attachments: item
      .items('attachmentSet')
      .map((attachment) => ({
        instanceId: attachment.field('instanceId') ?? '',
        device: attachment.field('device') ?? '',
        status: attachment.field('status') ?? '',
      }))
      .filter(({ status }) => status !== 'detached'),
  };
}

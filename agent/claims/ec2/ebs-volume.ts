import type { XmlElement } from '../../aws/xml.ts';
import { fieldOf, itemsOf } from './xml-items.ts';

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

export function ebsVolumeOf(item: XmlElement): EbsVolume {
  return {
    volumeId: fieldOf(item, 'volumeId') ?? '',
    zone: fieldOf(item, 'availabilityZone') ?? '',
    status: fieldOf(item, 'status') ?? '',
    sizeGiB: Number(fieldOf(item, 'size')),
    encrypted: fieldOf(item, 'encrypted') === 'true',
    key: fieldOf(item, 'kmsKeyId') || undefined,
    attachments: itemsOf(item, 'attachmentSet')
      .map((attachment) => ({
        instanceId: fieldOf(attachment, 'instanceId') ?? '',
        device: fieldOf(attachment, 'device') ?? '',
        status: fieldOf(attachment, 'status') ?? '',
      }))
      .filter(({ status }) => status !== 'detached'),
  };
}

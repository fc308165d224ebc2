import { ec2Answer, ec2Error, filtered, tagSet, type Ec2Action } from './ec2-query.ts';
import { History } from '../wire/history.ts';
import { element, textElement } from '../wire/xml.ts';

export interface VolumeOptions {
  readonly region: string;
  readonly zone: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly sizeGiB?: number;
  /** Default `available`. */
  readonly status?: 'creating' | 'available' | 'error' | 'deleting';
  readonly encrypted?: boolean;
  /** An attachment is agreed to, and taken back a moment later: the role may not use the key. */
  readonly keyDenied?: boolean;
}

interface Volume extends VolumeOptions {
  readonly volumeId: string;
  readonly attachment: Attachment | undefined;
}

interface Attachment {
  readonly instanceId: string;
  readonly device: string;
  /** `busy`: to be detached, and still mounted over there. */
  readonly phase: 'attaching' | 'detaching' | 'busy';
  readonly since: number;
}

type Volumes = ReadonlyMap<string, Volume>;
type Place = { readonly region: string; readonly zone: string };

/** EBS volumes of all regions, with the states between. Reads are as late as `lag` says. */
export class EbsVolumes {
  /** How old the next answer of DescribeVolumes is, in milliseconds. */
  lag: () => number = () => 0;
  /** How long attaching and detaching take, in milliseconds. */
  attachMs = 0;
  detachMs = 0;
  /** Attachments one instance may have. */
  limit = 28;
  readonly #now: () => number;
  readonly #placeOf: (instanceId: string) => Place | undefined;
  readonly #rack: History<Volumes>;
  #made = 0;

  constructor(now: () => number, placeOf: (instanceId: string) => Place | undefined) {
    this.#now = now;
    this.#placeOf = placeOf;
    this.#rack = new History<Volumes>(new Map(), now);
  }

  /** Returns the volume id. */
  create(options: VolumeOptions): string {
    this.#made += 1;
    const volumeId = `vol-${this.#made.toString(16).padStart(17, '0')}`;
    this.#put({ ...options, volumeId, attachment: undefined });
    return volumeId;
  }

  /** As somebody does elsewhere; the instance need not be one of the sandbox. */
  attach(volumeId: string, instanceId: string, device = '/dev/sdf'): void {
    this.#change(volumeId, { attachment: { instanceId, device, phase: 'attaching', since: this.#now() } });
  }

  /** `busy` until `detach`: what is mounted is not let go. */
  hold(volumeId: string): void {
    const attachment = this.#rack.latest.get(volumeId)?.attachment;
    if (attachment) this.#change(volumeId, { attachment: { ...attachment, phase: 'busy' } });
  }

  detach(volumeId: string): void {
    const attachment = this.#rack.latest.get(volumeId)?.attachment;
    if (attachment) {
      this.#change(volumeId, { attachment: { ...attachment, phase: 'detaching', since: this.#now() } });
    }
  }

  setStatus(volumeId: string, status: NonNullable<VolumeOptions['status']>): void {
    this.#change(volumeId, { status });
  }

  /** Who has it in truth, attaching and detaching included. */
  holderOf(volumeId: string): string | undefined {
    const volume = this.#rack.latest.get(volumeId);
    return volume && this.#shown(volume, this.#now())?.instanceId;
  }

  readonly actions: Readonly<Record<string, Ec2Action>> = {
    DescribeVolumes: (asked, region) => {
      const at = this.#now() - this.lag();
      const seen = [...this.#rack.at(at).values()]
        .filter((row) => row.region === region)
        .map((volume) => ({ volume, shown: this.#shown(volume, at) }));
      const found = filtered(seen, asked, valuesOf);
      if (!found) return ec2Error(400, 'InvalidParameterValue', 'A filter is invalid');
      return ec2Answer('DescribeVolumes', element('volumeSet', ...found.map(volumeItem)));
    },

    AttachVolume: (asked, region) => {
      const [volumeId = '', instanceId = '', device = ''] = ['VolumeId', 'InstanceId', 'Device'].map(
        (name) => asked.get(name) ?? '',
      );
      const refusal = this.#refusal(volumeId, instanceId, device, region);
      if (refusal) return ec2Error(400, ...refusal);
      this.attach(volumeId, instanceId, device);
      return ec2Answer('AttachVolume', textElement('volumeId', volumeId), textElement('status', 'attaching'));
    },

    DetachVolume: (asked, region) => {
      const volumeId = asked.get('VolumeId') ?? '';
      if (this.#rack.latest.get(volumeId)?.region !== region) return ec2Error(400, ...notFound(volumeId));
      this.detach(volumeId);
      return ec2Answer('DetachVolume', textElement('volumeId', volumeId), textElement('status', 'detaching'));
    },
  };

  #refusal(
    volumeId: string,
    instanceId: string,
    device: string,
    region: string,
  ): [string, string] | undefined {
    const now = this.#now();
    const volume = this.#rack.latest.get(volumeId);
    if (volume?.region !== region) return notFound(volumeId);
    const place = this.#placeOf(instanceId);
    if (place?.region !== region) {
      return ['InvalidInstanceID.NotFound', `The instance ID '${instanceId}' does not exist`];
    }
    if (this.#shown(volume, now)) return ['VolumeInUse', `${volumeId} is already attached to an instance`];
    if ((volume.status ?? 'available') !== 'available') {
      return ['IncorrectState', `${volumeId} is not 'available'.`];
    }
    if (volume.zone !== place.zone) {
      return ['InvalidVolume.ZoneMismatch', `The volume '${volumeId}' is not in the same availability zone`];
    }
    const own = [...this.#rack.latest.values()].flatMap((other) => this.#shown(other, now) ?? []);
    const beside = own.filter((attachment) => attachment.instanceId === instanceId);
    if (beside.some((attachment) => attachment.device === device)) {
      const message = `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`;
      return ['InvalidParameterValue', message];
    }
    if (beside.length >= this.limit) {
      return ['AttachmentLimitExceeded', `${instanceId} cannot have more than ${this.limit} attachments`];
    }
    return undefined;
  }

  /** The attachment as it was at a time; undefined: none. */
  #shown({ attachment, keyDenied }: Volume, at: number): Shown | undefined {
    if (!attachment) return undefined;
    const { instanceId, device, phase, since } = attachment;
    const took = at - since;
    if (phase === 'busy') return { instanceId, device, status: 'busy' };
    if (phase === 'detaching')
      return took < this.detachMs ? { instanceId, device, status: 'detaching' } : undefined;
    if (took < this.attachMs) return { instanceId, device, status: 'attaching' };
    return keyDenied ? undefined : { instanceId, device, status: 'attached' };
  }

  #change(volumeId: string, part: Partial<Volume>): void {
    const volume = this.#rack.latest.get(volumeId);
    if (!volume) throw new Error(`no volume ${volumeId}`);
    this.#put({ ...volume, ...part });
  }

  #put(volume: Volume): void {
    this.#rack.set(new Map(this.#rack.latest).set(volume.volumeId, volume));
  }
}

interface Shown {
  readonly instanceId: string;
  readonly device: string;
  readonly status: string;
}

interface Seen {
  readonly volume: Volume;
  readonly shown: Shown | undefined;
}

function notFound(volumeId: string): [string, string] {
  return ['InvalidVolume.NotFound', `The volume '${volumeId}' does not exist.`];
}

function valuesOf({ volume, shown }: Seen, name: string): readonly string[] | undefined {
  if (name.startsWith('tag:')) {
    const value = volume.tags?.[name.slice('tag:'.length)];
    return value === undefined ? [] : [value];
  }
  const known: Readonly<Record<string, readonly (string | undefined)[]>> = {
    'volume-id': [volume.volumeId],
    'availability-zone': [volume.zone],
    'attachment.instance-id': [shown?.instanceId],
    'attachment.device': [shown?.device],
  };
  return known[name]?.filter((value) => value !== undefined);
}

function volumeItem({ volume, shown }: Seen): string {
  const { volumeId, zone, region, sizeGiB = 8, status = 'available', encrypted = false, tags = {} } = volume;
  const attachment = shown
    ? element(
        'item',
        textElement('volumeId', volumeId),
        textElement('instanceId', shown.instanceId),
        textElement('device', shown.device),
        textElement('status', shown.status),
      )
    : '';
  return element(
    'item',
    textElement('volumeId', volumeId),
    textElement('size', String(sizeGiB)),
    textElement('availabilityZone', zone),
    textElement('status', shown ? 'in-use' : status),
    element('attachmentSet', attachment),
    tagSet(new Map(Object.entries(tags))),
    textElement('volumeType', 'gp3'),
    textElement('encrypted', String(encrypted)),
    ...(encrypted ? [textElement('kmsKeyId', `arn:aws:kms:${region}:123456789012:key/data`)] : []),
  );
}

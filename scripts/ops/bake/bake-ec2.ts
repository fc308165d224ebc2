import {
  AttachVolumeCommand,
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  RegisterImageCommand,
  type EC2Client,
  type Filter,
  type Image,
  type RegisterImageCommandInput,
  type Snapshot,
  type Tag,
  type Volume,
} from '@aws-sdk/client-ec2';
import { ask, askPatiently, type Answer } from '../across/answer.ts';
import type { Patience } from '../across/patience.ts';
import { haltOf } from './bake-halt.ts';

export type Tags = ReadonlyMap<string, string>;

/** The instance that a volume is attached to. */
export interface Builder {
  readonly id: string;
  /** `pending`, `running`, `shutting-down`, `terminated`, `stopping`, `stopped`. */
  readonly state: string;
  readonly zone: string;
  /** Names of devices in use, as they were asked for. */
  readonly devices: readonly string[];
}

export interface VolumeRequest {
  readonly snapshot: string;
  readonly zone: string;
  readonly tags: Tags;
  /** Client token, the same for one attempt in every process. */
  readonly token: string;
}

/**
 * EC2 of one region, as a bake speaks to it. Reads ask again while the trouble passes, take the service's own code for "not there"
 * as nothing found, and throw `BakeHalt` for all else; writes send once and tell.
 */
export interface BakeEc2 {
  readonly image: (id: string) => Promise<Image | undefined>;
  /** Own ones only; names are unique among them but for copies. */
  readonly imagesNamed: (name: string) => Promise<readonly Image[]>;
  readonly builder: (id: string) => Promise<Builder | undefined>;
  readonly volume: (id: string) => Promise<Volume | undefined>;
  readonly volumesTagged: (key: string, value: string) => Promise<readonly Volume[]>;
  readonly snapshot: (id: string) => Promise<Snapshot | undefined>;
  readonly snapshotsTagged: (key: string, value: string) => Promise<readonly Snapshot[]>;
  /** Again and again: the token makes it one volume. Returns its id. */
  readonly createVolume: (request: VolumeRequest) => Promise<Answer<string>>;
  readonly attach: (volume: string, instance: string, device: string) => Promise<Answer<unknown>>;
  readonly detach: (volume: string, instance: string) => Promise<Answer<unknown>>;
  readonly deleteVolume: (id: string) => Promise<Answer<unknown>>;
  /** Once: it knows no token. Returns the id. */
  readonly createSnapshot: (volume: string, description: string, tags: Tags) => Promise<Answer<string>>;
  readonly deleteSnapshot: (id: string) => Promise<Answer<unknown>>;
  readonly register: (input: RegisterImageCommandInput) => Promise<Answer<string>>;
  readonly deregister: (id: string) => Promise<Answer<unknown>>;
  readonly tag: (id: string, tags: Tags) => Promise<Answer<unknown>>;
}

export function createBakeEc2(client: EC2Client, patience: Patience): BakeEc2 {
  const read = async <T>(
    action: string,
    subject: string,
    send: (abortSignal: AbortSignal) => Promise<readonly T[] | undefined>,
  ): Promise<readonly T[]> => {
    const answer = await askPatiently({ service: 'EC2', action, subject }, patience, send);
    if (answer.kind === 'ok') return answer.value ?? [];
    if (answer.class === 'missing') return [];
    throw haltOf(answer.fault, patience);
  };

  return {
    image: async (id) =>
      (
        await read('DescribeImages', id, async (abortSignal) => {
          const wanted = { ImageIds: [id], IncludeDeprecated: true };
          return (await client.send(new DescribeImagesCommand(wanted), { abortSignal })).Images;
        })
      )[0],
    imagesNamed: (name) =>
      read('DescribeImages', `images named ${name}`, async (abortSignal) => {
        const Filters = [{ Name: 'name', Values: [literal(name)] }];
        const wanted = { Owners: ['self'], Filters, IncludeDeprecated: true, IncludeDisabled: true };
        const { Images = [] } = await client.send(new DescribeImagesCommand(wanted), { abortSignal });
        return Images.filter(({ Name, State }) => Name === name && State !== 'deregistered');
      }),
    builder: async (id) =>
      (
        await read('DescribeInstances', id, async (abortSignal) => {
          const command = new DescribeInstancesCommand({ InstanceIds: [id] });
          const { Reservations = [] } = await client.send(command, { abortSignal });
          return Reservations.flatMap(({ Instances }) => Instances ?? []);
        })
      ).map(({ InstanceId, State, Placement, BlockDeviceMappings = [] }) => ({
        id: InstanceId ?? '',
        state: State?.Name ?? '',
        zone: Placement?.AvailabilityZone ?? '',
        devices: BlockDeviceMappings.flatMap(({ DeviceName }) => DeviceName ?? []),
      }))[0],
    volume: async (id) =>
      (
        await read('DescribeVolumes', id, async (abortSignal) => {
          const command = new DescribeVolumesCommand({ VolumeIds: [id] });
          return (await client.send(command, { abortSignal })).Volumes;
        })
      )[0],
    volumesTagged: (key, value) =>
      read('DescribeVolumes', `volumes with ${key}`, async (abortSignal) => {
        const command = new DescribeVolumesCommand({ Filters: tagged(key, value) });
        return (await client.send(command, { abortSignal })).Volumes;
      }),
    snapshot: async (id) =>
      (
        await read('DescribeSnapshots', id, async (abortSignal) => {
          const command = new DescribeSnapshotsCommand({ SnapshotIds: [id] });
          return (await client.send(command, { abortSignal })).Snapshots;
        })
      )[0],
    snapshotsTagged: (key, value) =>
      read('DescribeSnapshots', `snapshots with ${key}`, async (abortSignal) => {
        const command = new DescribeSnapshotsCommand({ OwnerIds: ['self'], Filters: tagged(key, value) });
        return (await client.send(command, { abortSignal })).Snapshots;
      }),
    createVolume: ({ snapshot, zone, tags, token }) =>
      askPatiently({ service: 'EC2', action: 'CreateVolume', subject: snapshot }, patience, async () => {
        const { VolumeId = '' } = await client.send(
          new CreateVolumeCommand({
            SnapshotId: snapshot,
            AvailabilityZone: zone,
            VolumeType: 'gp3',
            ClientToken: token,
            TagSpecifications: [{ ResourceType: 'volume', Tags: tagList(tags) }],
          }),
        );
        return VolumeId;
      }),
    attach: (volume, instance, device) =>
      write('AttachVolume', volume, () =>
        client.send(new AttachVolumeCommand({ VolumeId: volume, InstanceId: instance, Device: device })),
      ),
    // Never `Force`, which loses what the kernel has not written.
    detach: (volume, instance) =>
      write('DetachVolume', volume, () =>
        client.send(new DetachVolumeCommand({ VolumeId: volume, InstanceId: instance })),
      ),
    deleteVolume: (id) =>
      write('DeleteVolume', id, () => client.send(new DeleteVolumeCommand({ VolumeId: id }))),
    createSnapshot: (volume, description, tags) =>
      write('CreateSnapshot', volume, async () => {
        const { SnapshotId = '' } = await client.send(
          new CreateSnapshotCommand({
            VolumeId: volume,
            Description: description,
            TagSpecifications: [{ ResourceType: 'snapshot', Tags: tagList(tags) }],
          }),
        );
        return SnapshotId;
      }),
    deleteSnapshot: (id) =>
      write('DeleteSnapshot', id, () => client.send(new DeleteSnapshotCommand({ SnapshotId: id }))),
    register: (input) =>
      write('RegisterImage', input.Name ?? '', async () => {
        const { ImageId = '' } = await client.send(new RegisterImageCommand(input));
        return ImageId;
      }),
    deregister: (id) =>
      write('DeregisterImage', id, () => client.send(new DeregisterImageCommand({ ImageId: id }))),
    tag: (id, tags) =>
      write('CreateTags', id, () =>
        client.send(new CreateTagsCommand({ Resources: [id], Tags: tagList(tags) })),
      ),
  };
}

function write<T>(action: string, subject: string, send: () => Promise<T>): Promise<Answer<T>> {
  return ask({ service: 'EC2', action, subject }, send);
}

function tagged(key: string, value: string): Filter[] {
  return [{ Name: `tag:${key}`, Values: [value] }];
}

export function tagList(tags: Tags): Tag[] {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

export function tagsOf(tags: readonly Tag[] | undefined): Tags {
  return new Map((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** In values of filters `*` and `?` stand for others, and `\` takes that away. */
function literal(text: string): string {
  return text.replaceAll(/[*?\\]/g, String.raw`\$&`);
}

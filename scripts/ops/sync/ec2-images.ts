import {
  CopyImageCommand,
  CreateTagsCommand,
  DeregisterImageCommand,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  EnableImageDeprecationCommand,
  EnableImageDeregistrationProtectionCommand,
  ModifyImageAttributeCommand,
  type DescribeImagesCommandInput,
  type EC2Client,
  type Image,
  type LaunchPermission,
} from '@aws-sdk/client-ec2';
import { codeOf, type Caller } from './calls.ts';
import { tagFilter, tagList, tagsOf, type Tags } from './back-tags.ts';
import type { Filter } from './job.ts';

/** An image as DescribeImages shows it. */
export interface FoundImage {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** `pending`, `available`, `failed`, `invalid`, `deregistered`, `disabled`, ... */
  readonly state: string;
  /** Why it failed, in EC2's words. */
  readonly reason: string;
  readonly tags: Tags;
  readonly createdAt: number;
  /** Snapshots of every volume; empty while a copy has none yet. */
  readonly snapshots: readonly string[];
  /** Snapshot of the volume that it boots from; empty when it has none. */
  readonly rootSnapshot: string;
  readonly attributes: ImageAttributes;
}

/** What a copy should have in common with its source, beside its bytes. */
export interface ImageAttributes {
  readonly architecture: string;
  readonly bootMode: string;
  readonly imdsSupport: string;
  readonly tpmSupport: string;
  readonly enaSupport: string;
  readonly rootDeviceName: string;
  /** ISO time; empty for none. */
  readonly deprecatedAt: string;
  readonly protection: string;
}

export interface CopyRequest {
  readonly source: FoundImage;
  readonly sourceRegion: string;
  /** Of the image and of its snapshots, from their creation on. */
  readonly tags: Tags;
  readonly token: string;
  readonly kmsKey?: string;
}

/** The images of one region, as one set of credentials sees them. All throw `CallRefused`. */
export interface Images {
  readonly caller: Caller;
  /** Those in state `available`. */
  find(owner: string, filters: readonly Filter[]): Promise<readonly FoundImage[]>;
  /** Undefined only when EC2 says that there is none. */
  byId(id: string): Promise<FoundImage | undefined>;
  /** Our own ones with this tag, in any state. @param value with `*` and `?`; any, when there is none. */
  withTag(key: string, value?: string): Promise<readonly FoundImage[]>;
  /** Our own ones that are shared with this account, or with `all`. One shared through an organisation is not among them. */
  sharedWith(user: string): Promise<readonly FoundImage[]>;
  copy(request: CopyRequest): Promise<string>;
  addTags(ids: readonly string[], tags: Tags): Promise<void>;
  permissions(id: string): Promise<readonly LaunchPermission[]>;
  share(id: string, permissions: readonly LaunchPermission[]): Promise<void>;
  /** @param at an ISO time that is to come. */
  deprecate(id: string, at: string): Promise<void>;
  protect(id: string, hasCooldown: boolean): Promise<void>;
  deregister(id: string): Promise<void>;
}

/** Large accounts are refused a list that is asked for whole; ids and a page exclude each other. */
const PAGE = 1000;

/** What EC2 says of an id that names no image, a malformed one included. */
const MISSING = ['InvalidAMIID.NotFound', 'InvalidAMIID.Unavailable', 'InvalidAMIID.Malformed'];

export function createImages(client: EC2Client, caller: Caller): Images {
  const describe = async (
    input: DescribeImagesCommandInput,
    subject: string,
  ): Promise<readonly FoundImage[]> => {
    const found: FoundImage[] = [];
    let next: string | undefined;
    do {
      const page = await caller.ask('DescribeImages', subject, (abortSignal) =>
        client.send(
          new DescribeImagesCommand({ ...input, ...(next === undefined ? {} : { NextToken: next }) }),
          { abortSignal },
        ),
      );
      found.push(...(page.Images ?? []).map(foundImage));
      next = page.NextToken || undefined;
    } while (next !== undefined);
    return found;
  };
  return {
    caller,
    find: (owner, filters) => {
      const asked = filters.map(({ field, value }) => ({ Name: field, Values: [value] }));
      const Filters = [...asked, { Name: 'state', Values: ['available'] }];
      return describe({ Owners: [owner], Filters, MaxResults: PAGE }, `images of ${owner}`);
    },
    byId: async (id) => {
      try {
        const found = await describe({ ImageIds: [id], IncludeDisabled: true }, id);
        // Some answer for an image that was deregistered a while ago, and say so by its state or by an empty list.
        return found.find((image) => image.id === id && image.state !== 'deregistered');
      } catch (error) {
        if (MISSING.includes(codeOf(error))) return undefined;
        throw error;
      }
    },
    withTag: async (key, value) => {
      const Filters = [tagFilter(key, value)];
      const asked = { Owners: ['self'], Filters, IncludeDisabled: true, MaxResults: PAGE };
      const found = await describe(asked, `images with ${key}`);
      return found.filter(({ state }) => state !== 'deregistered');
    },
    sharedWith: (user) =>
      describe({ Owners: ['self'], ExecutableUsers: [user], MaxResults: PAGE }, `images shared with ${user}`),
    copy: async ({ source, sourceRegion, tags, token, kmsKey }) => {
      const Tags = tagList(tags);
      const { ImageId = '' } = await caller.ask('CopyImage', source.id, () =>
        client.send(
          new CopyImageCommand({
            SourceImageId: source.id,
            SourceRegion: sourceRegion,
            Name: source.name,
            Description: source.description,
            ClientToken: token,
            TagSpecifications: [
              { ResourceType: 'image', Tags },
              { ResourceType: 'snapshot', Tags },
            ],
            ...(kmsKey === undefined ? {} : { Encrypted: true, KmsKeyId: kmsKey }),
          }),
        ),
      );
      return ImageId;
    },
    addTags: async (ids, tags) => {
      await caller.ask('CreateTags', ids.join(', '), () =>
        client.send(new CreateTagsCommand({ Resources: [...ids], Tags: tagList(tags) })),
      );
    },
    permissions: async (id) => {
      const { LaunchPermissions = [] } = await caller.ask('DescribeImageAttribute', id, (abortSignal) =>
        client.send(new DescribeImageAttributeCommand({ ImageId: id, Attribute: 'launchPermission' }), {
          abortSignal,
        }),
      );
      return LaunchPermissions;
    },
    share: async (id, permissions) => {
      await caller.ask('ModifyImageAttribute', id, () =>
        client.send(
          new ModifyImageAttributeCommand({ ImageId: id, LaunchPermission: { Add: [...permissions] } }),
        ),
      );
    },
    deprecate: async (id, at) => {
      await caller.ask('EnableImageDeprecation', id, () =>
        client.send(new EnableImageDeprecationCommand({ ImageId: id, DeprecateAt: new Date(at) })),
      );
    },
    protect: async (id, hasCooldown) => {
      await caller.ask('EnableImageDeregistrationProtection', id, () =>
        client.send(
          new EnableImageDeregistrationProtectionCommand({ ImageId: id, WithCooldown: hasCooldown }),
        ),
      );
    },
    deregister: async (id) => {
      try {
        await caller.ask('DeregisterImage', id, () =>
          client.send(new DeregisterImageCommand({ ImageId: id })),
        );
      } catch (error) {
        // An answer was lost, or somebody was faster.
        if (!MISSING.includes(codeOf(error))) throw error;
      }
    },
  };
}

function foundImage(image: Image): FoundImage {
  const devices = image.BlockDeviceMappings ?? [];
  const snapshots = devices.flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []);
  const root = devices.find(({ DeviceName }) => DeviceName === image.RootDeviceName);
  return {
    id: image.ImageId ?? '',
    name: image.Name ?? '',
    description: image.Description ?? '',
    state: image.State ?? '',
    reason: image.StateReason?.Message ?? '',
    tags: tagsOf(image.Tags),
    createdAt: Date.parse(image.CreationDate ?? '') || 0,
    snapshots: [...new Set(snapshots)],
    rootSnapshot: root?.Ebs?.SnapshotId ?? '',
    attributes: {
      architecture: image.Architecture ?? '',
      bootMode: image.BootMode ?? '',
      imdsSupport: image.ImdsSupport ?? '',
      tpmSupport: image.TpmSupport ?? '',
      enaSupport: image.EnaSupport === undefined ? '' : String(image.EnaSupport),
      rootDeviceName: image.RootDeviceName ?? '',
      deprecatedAt: image.DeprecationTime ?? '',
      protection: image.DeregistrationProtection ?? '',
    },
  };
}

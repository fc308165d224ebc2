import {
  CopySnapshotCommand,
  CreateSnapshotCommand,
  CreateTagsCommand,
  DeleteSnapshotCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  type DescribeSnapshotsCommandInput,
  type EC2Client,
  type Snapshot,
} from '@aws-sdk/client-ec2';
import { tagFilter, tagList, tagsOf, type Tags } from './back-tags.ts';
import { codeOf, type Caller } from './calls.ts';
import type { Filter } from './job.ts';

/** A snapshot of a volume as DescribeSnapshots shows it. */
export interface FoundSnapshot {
  readonly id: string;
  readonly volume: string;
  readonly description: string;
  /** `pending`, `completed`, `error`, `recoverable`, `recovering`. */
  readonly state: string;
  readonly reason: string;
  readonly startedAt: number;
  readonly isEncrypted: boolean;
  /** `57%`, while it is pending. */
  readonly progress?: string;
  readonly tags: Tags;
}

export interface FoundVolume {
  readonly id: string;
  readonly tags: Tags;
}

export interface SnapshotCopyRequest {
  readonly source: FoundSnapshot;
  readonly sourceRegion: string;
  readonly tags: Tags;
  readonly kmsKey?: string;
}

/** The snapshots and volumes of one region. All throw `CallRefused`. */
export interface Snapshots {
  readonly caller: Caller;
  byIds(ids: readonly string[]): Promise<readonly FoundSnapshot[]>;
  /** Our own ones with this tag. @param value with `*` and `?`; any, when there is none. */
  withTag(key: string, value?: string): Promise<readonly FoundSnapshot[]>;
  ofVolume(volume: string): Promise<readonly FoundSnapshot[]>;
  volumes(filters: readonly Filter[]): Promise<readonly FoundVolume[]>;
  /** Once: CreateSnapshot knows no client token, either. */
  create(volume: string, description: string, tags: Tags): Promise<string>;
  /** Once: CopySnapshot knows no client token, and a second call would make a second snapshot. */
  copy(request: SnapshotCopyRequest): Promise<string>;
  addTags(ids: readonly string[], tags: Tags): Promise<void>;
  /** False when an image still needs it. */
  remove(id: string): Promise<boolean>;
}

/** Large accounts are refused a list that is asked for whole; ids and a page exclude each other. */
const PAGE = 1000;

export function createSnapshots(client: EC2Client, caller: Caller): Snapshots {
  const describe = async (
    input: DescribeSnapshotsCommandInput,
    subject: string,
  ): Promise<readonly FoundSnapshot[]> => {
    const found: FoundSnapshot[] = [];
    let next: string | undefined;
    do {
      const page = await caller.ask('DescribeSnapshots', subject, (abortSignal) =>
        client.send(
          new DescribeSnapshotsCommand({ ...input, ...(next === undefined ? {} : { NextToken: next }) }),
          { abortSignal },
        ),
      );
      found.push(...(page.Snapshots ?? []).map(foundSnapshot));
      next = page.NextToken || undefined;
    } while (next !== undefined);
    return found;
  };
  const own = (filter: { Name: string; Values: string[] }): Promise<readonly FoundSnapshot[]> =>
    describe(
      { OwnerIds: ['self'], Filters: [filter], MaxResults: PAGE },
      `snapshots with ${filter.Values.join(', ')}`,
    );
  return {
    caller,
    byIds: (ids) => describe({ SnapshotIds: [...ids] }, ids.join(', ')),
    withTag: (key, value) => own(tagFilter(key, value)),
    ofVolume: (volume) => own({ Name: 'volume-id', Values: [volume] }),
    volumes: async (filters) => {
      const Filters = filters.map(({ field, value }) => ({ Name: field, Values: [value] }));
      const found: FoundVolume[] = [];
      let next: string | undefined;
      do {
        const page = await caller.ask('DescribeVolumes', 'volumes', (abortSignal) =>
          client.send(
            new DescribeVolumesCommand({ Filters, ...(next === undefined ? {} : { NextToken: next }) }),
            { abortSignal },
          ),
        );
        for (const { VolumeId: id, Tags } of page.Volumes ?? [])
          if (id !== undefined) found.push({ id, tags: tagsOf(Tags) });
        next = page.NextToken || undefined;
      } while (next !== undefined);
      return found;
    },
    create: async (volume, description, tags) => {
      const { SnapshotId = '' } = await caller.askOnce('CreateSnapshot', volume, () =>
        client.send(
          new CreateSnapshotCommand({
            VolumeId: volume,
            Description: description,
            TagSpecifications: [{ ResourceType: 'snapshot', Tags: tagList(tags) }],
          }),
        ),
      );
      return SnapshotId;
    },
    copy: async ({ source, sourceRegion, tags, kmsKey }) => {
      const { SnapshotId = '' } = await caller.askOnce('CopySnapshot', source.id, () =>
        client.send(
          new CopySnapshotCommand({
            SourceSnapshotId: source.id,
            SourceRegion: sourceRegion,
            Description: source.description,
            TagSpecifications: [{ ResourceType: 'snapshot', Tags: tagList(tags) }],
            ...(kmsKey === undefined ? {} : { Encrypted: true, KmsKeyId: kmsKey }),
          }),
        ),
      );
      return SnapshotId;
    },
    addTags: async (ids, tags) => {
      await caller.ask('CreateTags', ids.join(', '), () =>
        client.send(new CreateTagsCommand({ Resources: [...ids], Tags: tagList(tags) })),
      );
    },
    remove: async (id) => {
      try {
        await caller.ask('DeleteSnapshot', id, () =>
          client.send(new DeleteSnapshotCommand({ SnapshotId: id })),
        );
        return true;
      } catch (error) {
        if (codeOf(error) === 'InvalidSnapshot.NotFound') return true;
        if (codeOf(error) === 'InvalidSnapshot.InUse') return false;
        throw error;
      }
    },
  };
}

function foundSnapshot(snapshot: Snapshot): FoundSnapshot {
  return {
    id: snapshot.SnapshotId ?? '',
    volume: snapshot.VolumeId ?? '',
    description: snapshot.Description ?? '',
    state: snapshot.State ?? '',
    reason: snapshot.StateMessage ?? '',
    startedAt: snapshot.StartTime?.getTime() ?? 0,
    isEncrypted: snapshot.Encrypted ?? false,
    ...(snapshot.Progress === undefined ? {} : { progress: snapshot.Progress }),
    tags: tagsOf(snapshot.Tags),
  };
}

import {
  AddTagsToResourceCommand,
  CopyDBSnapshotCommand,
  DeleteDBSnapshotCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  ListTagsForResourceCommand,
  type DBSnapshot,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { tagList, tagsOf, type Tags } from './back-tags.ts';
import { codeOf, type Caller } from './calls.ts';

/** A snapshot of a database as DescribeDBSnapshots shows it. */
export interface DatabaseSnapshot {
  readonly id: string;
  /** Names its account and its partition, too. */
  readonly arn: string;
  /** `available`, `creating`, `copying`, `failed`, ... */
  readonly status: string;
  /** Epoch ms, whole seconds; 0 while it is being created. */
  readonly createdAt: number;
  readonly isEncrypted: boolean;
  readonly optionGroup: string;
  readonly progress: number;
  readonly tags: Tags;
}

export interface DatabaseCopyRequest {
  readonly source: DatabaseSnapshot;
  readonly id: string;
  readonly tags: Tags;
  readonly kmsKey?: string;
  readonly optionGroup?: string;
}

/** The snapshots of instances, or of clusters, in one region. All throw `CallRefused`. */
export interface DatabaseSnapshots {
  readonly caller: Caller;
  /** Of one instance or cluster; `undefined` when RDS says that there is none of that name. */
  list(instance: string, type: 'automated' | 'manual'): Promise<readonly DatabaseSnapshot[] | undefined>;
  isThere(instance: string): Promise<boolean>;
  /** @throws CallRefused; `isTaken` tells when the id is there already. */
  copy(request: DatabaseCopyRequest): Promise<void>;
  addTags(arn: string, tags: Tags): Promise<void>;
  remove(id: string): Promise<void>;
}

export function isTaken(error: unknown): boolean {
  return /^DB(?:Cluster)?SnapshotAlreadyExists/.test(codeOf(error));
}

export function createDatabaseSnapshots(client: RDSClient, caller: Caller): DatabaseSnapshots {
  /** The list has them since 2020; where it has not, they are asked for. */
  const tagsAt = async (snapshot: DBSnapshot): Promise<Tags> => {
    if (snapshot.TagList !== undefined) return tagsOf(snapshot.TagList);
    const { TagList } = await caller.ask('ListTagsForResource', snapshot.DBSnapshotArn ?? '', (abortSignal) =>
      client.send(new ListTagsForResourceCommand({ ResourceName: snapshot.DBSnapshotArn ?? '' }), {
        abortSignal,
      }),
    );
    return tagsOf(TagList);
  };
  return {
    caller,
    list: async (instance, type) => {
      const found: DatabaseSnapshot[] = [];
      let marker: string | undefined;
      try {
        do {
          const page = await caller.ask('DescribeDBSnapshots', instance, (abortSignal) =>
            client.send(
              new DescribeDBSnapshotsCommand({
                DBInstanceIdentifier: instance,
                SnapshotType: type,
                ...(marker === undefined ? {} : { Marker: marker }),
              }),
              { abortSignal },
            ),
          );
          for (const snapshot of page.DBSnapshots ?? [])
            if (snapshot.SnapshotType === undefined || snapshot.SnapshotType === type)
              found.push(databaseSnapshot(snapshot, await tagsAt(snapshot)));
          marker = page.Marker || undefined;
        } while (marker !== undefined);
      } catch (error) {
        if (codeOf(error).startsWith('DBInstanceNotFound')) return undefined;
        throw error;
      }
      return found;
    },
    isThere: async (instance) => {
      try {
        const { DBInstances = [] } = await caller.ask('DescribeDBInstances', instance, (abortSignal) =>
          client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: instance }), { abortSignal }),
        );
        return DBInstances.length > 0;
      } catch (error) {
        if (codeOf(error).startsWith('DBInstanceNotFound')) return false;
        throw error;
      }
    },
    copy: async ({ source, id, tags, kmsKey, optionGroup }) => {
      await caller.ask('CopyDBSnapshot', source.id, () =>
        client.send(
          new CopyDBSnapshotCommand({
            SourceDBSnapshotIdentifier: source.arn,
            TargetDBSnapshotIdentifier: id,
            Tags: tagList(tags),
            ...(kmsKey === undefined ? {} : { KmsKeyId: kmsKey }),
            ...(optionGroup === undefined ? {} : { OptionGroupName: optionGroup }),
          }),
        ),
      );
    },
    addTags: async (arn, tags) => {
      await caller.ask('AddTagsToResource', arn, () =>
        client.send(new AddTagsToResourceCommand({ ResourceName: arn, Tags: tagList(tags) })),
      );
    },
    remove: async (id) => {
      try {
        await caller.ask('DeleteDBSnapshot', id, () =>
          client.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: id })),
        );
      } catch (error) {
        if (!codeOf(error).startsWith('DBSnapshotNotFound')) throw error;
      }
    },
  };
}

function databaseSnapshot(snapshot: DBSnapshot, tags: Tags): DatabaseSnapshot {
  const createdAt = snapshot.SnapshotCreateTime?.getTime() ?? 0;
  return {
    id: snapshot.DBSnapshotIdentifier ?? '',
    arn: snapshot.DBSnapshotArn ?? '',
    status: snapshot.Status ?? '',
    createdAt: createdAt - (createdAt % 1000),
    isEncrypted: snapshot.Encrypted ?? false,
    optionGroup: snapshot.OptionGroupName ?? '',
    progress: snapshot.PercentProgress ?? 0,
    tags,
  };
}

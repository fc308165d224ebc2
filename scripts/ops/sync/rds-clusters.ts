import {
  AddTagsToResourceCommand,
  CopyDBClusterSnapshotCommand,
  DeleteDBClusterSnapshotCommand,
  DescribeDBClustersCommand,
  DescribeDBClusterSnapshotsCommand,
  type DBClusterSnapshot,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { tagList, tagsOf } from './back-tags.ts';
import { codeOf, type Caller } from './calls.ts';
import type { DatabaseSnapshot, DatabaseSnapshots } from './rds-snapshots.ts';

/** The same of Aurora clusters, which have calls of their own for all of it. Option groups are none of theirs. */
export function createClusterSnapshots(client: RDSClient, caller: Caller): DatabaseSnapshots {
  return {
    caller,
    list: async (cluster, type) => {
      const found: DatabaseSnapshot[] = [];
      let marker: string | undefined;
      try {
        do {
          const page = await caller.ask('DescribeDBClusterSnapshots', cluster, (abortSignal) =>
            client.send(
              new DescribeDBClusterSnapshotsCommand({
                DBClusterIdentifier: cluster,
                SnapshotType: type,
                ...(marker === undefined ? {} : { Marker: marker }),
              }),
              { abortSignal },
            ),
          );
          for (const snapshot of page.DBClusterSnapshots ?? [])
            if (snapshot.SnapshotType === undefined || snapshot.SnapshotType === type)
              found.push(clusterSnapshot(snapshot));
          marker = page.Marker || undefined;
        } while (marker !== undefined);
      } catch (error) {
        if (codeOf(error).startsWith('DBClusterNotFound')) return undefined;
        throw error;
      }
      return found;
    },
    isThere: async (cluster) => {
      try {
        const { DBClusters = [] } = await caller.ask('DescribeDBClusters', cluster, (abortSignal) =>
          client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: cluster }), { abortSignal }),
        );
        return DBClusters.length > 0;
      } catch (error) {
        if (codeOf(error).startsWith('DBClusterNotFound')) return false;
        throw error;
      }
    },
    copy: async ({ source, id, tags, kmsKey }) => {
      await caller.ask('CopyDBClusterSnapshot', source.id, () =>
        client.send(
          new CopyDBClusterSnapshotCommand({
            SourceDBClusterSnapshotIdentifier: source.arn,
            TargetDBClusterSnapshotIdentifier: id,
            Tags: tagList(tags),
            ...(kmsKey === undefined ? {} : { KmsKeyId: kmsKey }),
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
        await caller.ask('DeleteDBClusterSnapshot', id, () =>
          client.send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: id })),
        );
      } catch (error) {
        if (!codeOf(error).startsWith('DBClusterSnapshotNotFound')) throw error;
      }
    },
  };
}

function clusterSnapshot(snapshot: DBClusterSnapshot): DatabaseSnapshot {
  const createdAt = snapshot.SnapshotCreateTime?.getTime() ?? 0;
  return {
    id: snapshot.DBClusterSnapshotIdentifier ?? '',
    arn: snapshot.DBClusterSnapshotArn ?? '',
    status: snapshot.Status ?? '',
    createdAt: createdAt - (createdAt % 1000),
    isEncrypted: snapshot.StorageEncrypted ?? false,
    optionGroup: '',
    progress: snapshot.PercentProgress ?? 0,
    tags: tagsOf(snapshot.TagList),
  };
}

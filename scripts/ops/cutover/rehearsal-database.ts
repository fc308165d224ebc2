import {
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  RDSClient,
  RestoreDBInstanceFromDBSnapshotCommand,
  type DBInstance,
} from '@aws-sdk/client-rds';
import { regionalConfig } from '../across/regional-clients.ts';
import type { Patience } from '../across/patience.ts';
import type { OpsContext } from '../console/context.ts';
import { tagsOf } from '../sync/back-tags.ts';
import { codeOf, createCaller } from '../sync/calls.ts';
import { isDead, taggedSnapshots } from '../sync/database-decision.ts';
import { createDatabaseSnapshots } from '../sync/rds-snapshots.ts';
import type { Rehearsal } from './rehearsal.ts';

/** The restored copy as RDS shows it. */
export interface RestoredCopy {
  /** `creating`, `available`, `deleting`, ... */
  readonly status: string;
  /** Once it has one. */
  readonly endpoint: string | undefined;
  /** The service it was restored for; undefined for a database that is none of ours. */
  readonly service: string | undefined;
}

/** The copy of production's data in the new region. All but `end` throw `CallRefused`. */
export interface RehearsalDatabase {
  read(): Promise<RestoredCopy | undefined>;
  /** The id of the newest snapshot that `sync` brought there and that can be restored. */
  newest(): Promise<string | undefined>;
  restore(snapshot: string): Promise<void>;
  /** Whole, without a last snapshot: its data is a copy. */
  remove(): Promise<void>;
  end(): void;
}

const OWNER_TAG = 'landfall-rehearsal';

export function openRehearsalDatabase(
  { database, name, class: size, subnets, groups }: Rehearsal,
  { service, from, to }: { readonly service: string; readonly from: string; readonly to: string },
  patience: Patience,
  context: OpsContext,
): RehearsalDatabase {
  const rds = new RDSClient(regionalConfig('rds', to, context));
  const caller = createCaller('RDS', to, patience, 'this command');
  return {
    read: async () => {
      try {
        const { DBInstances = [] } = await caller.ask('DescribeDBInstances', name, (abortSignal) =>
          rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: name }), { abortSignal }),
        );
        return DBInstances.map(copyOf)[0];
      } catch (error) {
        if (codeOf(error).startsWith('DBInstanceNotFound')) return undefined;
        throw error;
      }
    },
    newest: async () => {
      const manual = (await createDatabaseSnapshots(rds, caller).list(database, 'manual')) ?? [];
      const usable = taggedSnapshots(manual, from).filter(
        (one) => !isDead(one) && one.status === 'available',
      );
      return usable.toSorted((one, other) => other.at - one.at)[0]?.id;
    },
    restore: async (snapshot) => {
      const command = new RestoreDBInstanceFromDBSnapshotCommand({
        DBInstanceIdentifier: name,
        DBSnapshotIdentifier: snapshot,
        MultiAZ: false,
        PubliclyAccessible: false,
        DeletionProtection: false,
        AutoMinorVersionUpgrade: false,
        Tags: [{ Key: OWNER_TAG, Value: service }],
        ...(size === undefined ? {} : { DBInstanceClass: size }),
        ...(subnets === undefined ? {} : { DBSubnetGroupName: subnets }),
        ...(groups.length === 0 ? {} : { VpcSecurityGroupIds: [...groups] }),
      });
      try {
        await caller.ask('RestoreDBInstanceFromDBSnapshot', name, () => rds.send(command));
      } catch (error) {
        // An earlier try of ours, whose answer was lost; the next look says whose it is.
        if (!codeOf(error).startsWith('DBInstanceAlreadyExists')) throw error;
      }
    },
    remove: async () => {
      const command = new DeleteDBInstanceCommand({
        DBInstanceIdentifier: name,
        SkipFinalSnapshot: true,
        DeleteAutomatedBackups: true,
      });
      try {
        await caller.ask('DeleteDBInstance', name, () => rds.send(command));
      } catch (error) {
        // Gone, or being deleted: what a try did whose answer was lost.
        if (!/^(?:DBInstanceNotFound|InvalidDBInstanceState)/.test(codeOf(error))) throw error;
      }
    },
    end: () => rds.destroy(),
  };
}

function copyOf({ DBInstanceStatus = '', Endpoint, TagList }: DBInstance): RestoredCopy {
  return { status: DBInstanceStatus, endpoint: Endpoint?.Address, service: tagsOf(TagList).get(OWNER_TAG) };
}

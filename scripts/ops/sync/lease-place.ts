import { randomUUID } from 'node:crypto';
import { openJournal, type Journal } from '../across/journal.ts';
import type { OpsContext } from '../console/context.ts';
import { usage, valueOf } from '../console/options.ts';
import { createRegionalS3 } from '../site/regional-s3.ts';
import { openBucket } from '../site/s3-publish-store.ts';
import { loaderOf } from './job-credentials.ts';
import type { GivenCredentials } from './job.ts';
import { takeLease, type Lease } from './lease.ts';

export interface LeasePlace {
  /** `s3://bucket/prefix`. */
  readonly address: string;
  /** Where the bucket has to lie: no region but those of the jobs is asked for anything. */
  readonly region: string;
  /** Those that all jobs share. */
  readonly credentials: GivenCredentials;
  readonly stateFolder: string;
}

/** Opens the bucket and takes the lease. @throws LandfallError `LF_USAGE`, `LF_STATE_LOCKED`, and as `takeLease`. */
export async function leaseAt(place: LeasePlace, context: OpsContext): Promise<Lease> {
  const { address, region, credentials, stateFolder } = place;
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.*?))?\/*$/.exec(address) ?? [];
  if (bucket === undefined)
    throw usage(`--lease ${address}`, 'it is no S3 address', 'Write it as s3://bucket/prefix.');
  const journal = await openJournal({ folder: stateFolder, name: 'sync/lease' }, readHolder);
  try {
    const holder = await holderOf(journal);
    const clients = { ...context, loadCredentials: loaderOf(credentials, context) };
    const store = valueOf(
      await openBucket(
        createRegionalS3(region, clients),
        { bucket, region },
        new AbortController().signal,
        context.clock,
      ),
    );
    const key = prefix === '' ? 'sync-lease.json' : `${prefix}/sync-lease.json`;
    const lease = await takeLease({ store, key, holder, clock: context.clock });
    const release = async (): Promise<void> => {
      await lease.release();
      await journal.close();
    };
    return { lost: lease.lost, release };
  } catch (error) {
    await journal.close();
    throw error;
  }
}

/** The same for every run with this state folder: one that was killed is followed by the next without a wait. */
async function holderOf(journal: Journal<string>): Promise<string> {
  if (journal.found !== undefined) return journal.found;
  const holder = randomUUID();
  await journal.write(holder);
  return holder;
}

function readHolder(document: unknown): string | undefined {
  return typeof document === 'string' && document !== '' ? document : undefined;
}

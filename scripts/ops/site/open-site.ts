import type { Outcome } from '#kit/outcome.ts';
import { ok } from '#kit/outcome.ts';
import type { OpsContext } from '../console/context.ts';
import { readReleaseAddress } from './release-address.ts';
import { createRegionalS3 } from './regional-s3.ts';
import type { ReleaseSite } from './release-site.ts';
import { openBucket } from './s3-publish-store.ts';

export interface SiteFlags {
  readonly to: string;
  readonly owner?: string;
}

/** The site of one region, its bucket seen and found in place. */
export async function openSite(
  region: string,
  { to, owner }: SiteFlags,
  context: OpsContext,
): Promise<Outcome<ReleaseSite>> {
  const { bucket, prefix } = readReleaseAddress(to, region, owner);
  const client = createRegionalS3(region, context);
  const place = { bucket, region, ...(owner === undefined ? {} : { owner }) };
  const store = await openBucket(client, place, context.stop, context.clock);
  return store.kind === 'ok' ? ok({ region, prefix, store: store.value }) : store;
}

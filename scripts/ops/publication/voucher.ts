import { gather, MAX_VOUCHED_OBJECTS, regionFacts, type VouchedObjects } from '#config-service';
import { LandfallError, type FaultCode, type Problem } from '#kit/errors.ts';
import { ok } from '#kit/outcome.ts';
import type { OpsContext } from '../console/context.ts';
import { fetchedObjects } from '../folder/fetched-objects.ts';
import { factsOf, STAND_IN_ACCOUNT } from '../folder/scenario.ts';
import { usage, valueOf } from '../console/options.ts';
import { digestObject } from '../site/object-digest.ts';
import { createRegionalS3 } from '../site/regional-s3.ts';
import { createProgress } from './progress.ts';
import type { RegionDraft } from './release-draft.ts';

/** What a signed release of one region will say of the objects that its plans fetch. */
export interface Voucher {
  readonly objects: VouchedObjects;
  /** What could not be read: instances that trust keys will refuse it. */
  readonly unvouched: readonly Problem[];
}

/** Each is read to its end: enough to fill a line, few enough for the disk buffers of a laptop. */
const PARALLEL_READS = 4;

/** What goes wrong with every object alike. */
const NOT_OF_THE_OBJECT: ReadonlySet<FaultCode> = new Set(['LF_INTERRUPTED', 'LF_CREDENTIALS']);

/**
 * Reads every object that the region's init documents fetch, from the region's own S3, and takes its digest. Keeps none of
 * them. @throws LandfallError where S3 does not answer, which says nothing of an object; and where the documents name more
 * objects than a release may hold.
 */
export async function vouchFor(
  { region, contents }: RegionDraft,
  owner: string | undefined,
  context: OpsContext,
): Promise<Voucher> {
  if (!regionFacts(region))
    throw usage(region, 'it is no AWS region', 'Name regions as eu-west-1,us-east-1.');
  const facts = valueOf(factsOf({ region }, { account: owner ?? STAND_IN_ACCOUNT }));
  const wanted = await fetchedObjects(contents, facts);
  if (wanted.length === 0) return { objects: new Map(), unvouched: [] };
  if (wanted.length > MAX_VOUCHED_OBJECTS) throw tooMany(region, wanted.length);
  const client = createRegionalS3(region, context);
  const progress = createProgress(`${region}: digests`, wanted.length, context);
  const read = await gather(
    wanted,
    PARALLEL_READS,
    async ({ url, place, maxBytes, owner: named = owner }) => {
      const bucket = { url, region, maxBytes, ...(named === undefined ? {} : { owner: named }) };
      const digest = await digestObject(client, bucket, context.stop);
      progress.step();
      if (digest.kind === 'retry') return digest;
      if (digest.kind === 'fail' && NOT_OF_THE_OBJECT.has(digest.fault.code)) return digest;
      return ok({ url, place, digest });
    },
  );
  progress.end();
  client.destroy();
  const objects = new Map(
    valueOf(read).flatMap(({ url, digest }) => (digest.kind === 'ok' ? [[url, digest.value] as const] : [])),
  );
  const unvouched = valueOf(read).flatMap(({ url, place, digest }): Problem[] => {
    if (digest.kind === 'ok') return [];
    const { code, cause } = digest.fault;
    return [
      { code: 'LF_OBJECT_UNVOUCHED', message: `${place} fetches ${url} in ${region}: ${cause} (${code})` },
    ];
  });
  return { objects, unvouched };
}

/** @throws LandfallError `LF_OBJECT_UNVOUCHED` that names them all: nothing was written yet. */
export function refuseUnvouched(problems: readonly Problem[], dir: string): void {
  const [first] = problems;
  if (first === undefined) return;
  throw new LandfallError({
    code: 'LF_OBJECT_UNVOUCHED',
    operation: 'publish',
    subject: dir,
    cause: `${problems.length === 1 ? 'an object that it fetches' : `${problems.length} objects that it fetches`} cannot be vouched for, and instances that trust the key would refuse it`,
    hint: 'Put them there first, or say --allow-unvouched when no instance trusts keys yet; nothing was moved.',
    problems,
  });
}

function tooMany(region: string, count: number): LandfallError {
  return new LandfallError({
    code: 'LF_OBJECT_UNVOUCHED',
    operation: 'publish to',
    subject: region,
    cause: `its init documents fetch ${count} objects, and a release vouches for at most ${MAX_VOUCHED_OBJECTS}`,
    hint: 'Pack files that belong together into one archive; nothing was moved.',
  });
}

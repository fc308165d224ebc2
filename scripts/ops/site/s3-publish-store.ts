import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3ServiceException,
  type S3Client,
} from '@aws-sdk/client-s3';
import { systemClock, type Clock } from '#kit/clock.ts';
import { fail, ok, type Fail, type Outcome } from '#kit/outcome.ts';
import { watchSkew } from './clock-skew.ts';
import type { PublishStore, PutCondition, StoredEntry, StoredObject } from './publish-store.ts';
import { bucketElsewhere, s3Refusal, type S3Request } from './s3-fault.ts';

export interface BucketPlace {
  readonly bucket: string;
  readonly region: string;
  /** The twelve digits of the account that must own it. */
  readonly owner?: string;
}

/** The pauses before S3 is asked again when two conditional writes met (409): nothing was written then, by the S3 API. */
const PAUSES_MS: readonly number[] = [100, 200, 400, 800];

/**
 * The bucket, after it has been seen to lie in its region: a replica or a name typed wrongly is refused before anything
 * is read or written. Faults: `LF_REGION_BUCKET`, `LF_BUCKET_MISSING`, those of `s3Refusal`.
 */
export async function openBucket(
  client: S3Client,
  place: BucketPlace,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Promise<Outcome<PublishStore>> {
  const { bucket, region } = place;
  const request = { operation: 'open', subject: `s3://${bucket}`, bucket, region } as const;
  const skew = watchSkew(client, clock);
  try {
    const head = await client.send(new HeadBucketCommand(addressed(place)), { abortSignal: signal });
    const elsewhere = head.BucketRegion !== undefined && head.BucketRegion !== region;
    return elsewhere
      ? { kind: 'fail', fault: bucketElsewhere(request, head.BucketRegion) }
      : ok({ ...createS3PublishStore(client, place, signal, clock), skewMs: skew() });
  } catch (error) {
    const isMute = statusOf(error) === 400 || statusOf(error) === 403;
    return s3Refusal(isMute ? await spokenRefusal(client, place, signal, error) : error, request);
  }
}

/** What HEAD answers has no body, so no code: an expired token looks like a missing permission. A list says which it is. */
async function spokenRefusal(
  client: S3Client,
  place: BucketPlace,
  signal: AbortSignal,
  mute: unknown,
): Promise<unknown> {
  try {
    await client.send(new ListObjectsV2Command({ ...addressed(place), MaxKeys: 1 }), { abortSignal: signal });
    return mute;
  } catch (error) {
    return error instanceof S3ServiceException ? error : mute;
  }
}

function createS3PublishStore(
  client: S3Client,
  place: BucketPlace,
  signal: AbortSignal,
  clock: Clock,
): PublishStore {
  const { bucket, region } = place;
  const address = `s3://${bucket}`;
  const options = { abortSignal: signal };
  const about = (operation: S3Request['operation'], key: string): S3Request => {
    return { operation, subject: `${address}/${key}`, bucket, region };
  };
  const get = async (key: string): Promise<Outcome<StoredObject | undefined>> => {
    try {
      const got = await client.send(new GetObjectCommand({ ...addressed(place), Key: key }), options);
      const bytes = (await got.Body?.transformToByteArray()) ?? new Uint8Array();
      return ok({ bytes, etag: got.ETag ?? '' });
    } catch (error) {
      return nameOf(error) === 'NoSuchKey' ? ok(undefined) : s3Refusal(error, about('read', key));
    }
  };
  const entries = async (prefix: string): Promise<Outcome<readonly StoredEntry[]>> => {
    const found: StoredEntry[] = [];
    let token: string | undefined;
    try {
      do {
        const page = await client.send(
          new ListObjectsV2Command({
            ...addressed(place),
            Prefix: prefix,
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
          options,
        );
        for (const { Key, Size = 0, LastModified } of page.Contents ?? []) {
          if (Key !== undefined)
            found.push({ key: Key, size: Size, modifiedAt: LastModified?.getTime() ?? Infinity });
        }
        token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
      return ok(found);
    } catch (error) {
      return s3Refusal(error, about('list', prefix));
    }
  };
  return {
    address,
    get,
    entries,
    list: async (prefix) => {
      const found = await entries(prefix);
      return found.kind === 'ok' ? ok(found.value.map(({ key }) => key)) : found;
    },
    remove: async (key) => {
      try {
        await client.send(new DeleteObjectCommand({ ...addressed(place), Key: key }), options);
        return ok(undefined);
      } catch (error) {
        return s3Refusal(error, about('remove', key));
      }
    },
    put: async (key, bytes, condition) => {
      for (let meeting = 0; ; meeting += 1) {
        try {
          const input = { ...addressed(place), ...conditionOf(condition), Key: key, Body: bytes };
          await client.send(new PutObjectCommand(input), options);
          return ok('written');
        } catch (error) {
          const status = statusOf(error);
          // If-Match on an object that was deleted meanwhile is 404.
          if (status === 412 || nameOf(error) === 'NoSuchKey') return ok('refused');
          if (status !== 409) return s3Refusal(error, about('write', key));
          const pause = PAUSES_MS[meeting];
          if (pause === undefined) return afterMeetings(await get(key), condition, about('write', key));
          const woken = await clock.sleep(pause, signal).catch((reason: unknown) => ({ reason }));
          if (woken) return s3Refusal(stopped(), about('write', key));
        }
      }
    },
  };
}

/** S3 said 409 to the last: what lies there decides whether the condition failed, or nobody wrote anything. */
function afterMeetings(
  there: Outcome<StoredObject | undefined>,
  condition: PutCondition,
  { operation, subject }: S3Request,
): Outcome<'refused'> {
  if (there.kind !== 'ok') return there;
  const holds = 'absent' in condition ? there.value === undefined : there.value?.etag === condition.etag;
  return holds ? stillMeeting(operation, subject) : ok('refused');
}

function stillMeeting(operation: string, subject: string): Fail {
  return fail({
    code: 'LF_SOURCE_REFUSED',
    operation,
    subject,
    cause: `S3 answered ${PAUSES_MS.length + 1} times that another write of it is under way (HTTP 409), and it was not written`,
    hint: 'Run it again in a minute: what is there already is not written twice.',
  });
}

function stopped(): Error {
  return Object.assign(new Error('stopped'), { name: 'AbortError' });
}

function addressed({ bucket, owner }: BucketPlace): { Bucket: string; ExpectedBucketOwner?: string } {
  return { Bucket: bucket, ...(owner === undefined ? {} : { ExpectedBucketOwner: owner }) };
}

function conditionOf(condition: PutCondition): { IfNoneMatch: '*' } | { IfMatch: string } {
  return 'absent' in condition ? { IfNoneMatch: '*' } : { IfMatch: condition.etag };
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

function nameOf(error: unknown): string | undefined {
  return error instanceof S3ServiceException ? error.name : undefined;
}

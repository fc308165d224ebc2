import {
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3ServiceException,
  type S3Client,
} from '@aws-sdk/client-s3';
import { ok, type Outcome } from '#kit/outcome.ts';
import type { PublishStore, PutCondition } from './publish-store.ts';
import { bucketElsewhere, s3Refusal, type S3Request } from './s3-fault.ts';

export interface BucketPlace {
  readonly bucket: string;
  readonly region: string;
  /** The twelve digits of the account that must own it. */
  readonly owner?: string;
}

/** How often S3 is asked again when two conditional writes met (409 ConditionalRequestConflict). */
const MEETINGS = 3;

/**
 * The bucket, after it has been seen to lie in its region: a replica or a name typed wrongly is refused before anything
 * is read or written. Faults: `LF_REGION_BUCKET`, `LF_BUCKET_MISSING`, those of `s3Refusal`.
 */
export async function openBucket(
  client: S3Client,
  place: BucketPlace,
  signal: AbortSignal,
): Promise<Outcome<PublishStore>> {
  const { bucket, region } = place;
  const request = { operation: 'open', subject: `s3://${bucket}`, bucket, region } as const;
  try {
    const head = await client.send(new HeadBucketCommand(addressed(place)), { abortSignal: signal });
    const elsewhere = head.BucketRegion !== undefined && head.BucketRegion !== region;
    return elsewhere
      ? { kind: 'fail', fault: bucketElsewhere(request, head.BucketRegion) }
      : ok(createS3PublishStore(client, place, signal));
  } catch (error) {
    return s3Refusal(error, request);
  }
}

function createS3PublishStore(client: S3Client, place: BucketPlace, signal: AbortSignal): PublishStore {
  const { bucket, region } = place;
  const address = `s3://${bucket}`;
  const options = { abortSignal: signal };
  const about = (operation: S3Request['operation'], key: string): S3Request => {
    return { operation, subject: `${address}/${key}`, bucket, region };
  };
  return {
    address,
    get: async (key) => {
      try {
        const got = await client.send(new GetObjectCommand({ ...addressed(place), Key: key }), options);
        const bytes = (await got.Body?.transformToByteArray()) ?? new Uint8Array();
        return ok({ bytes, etag: got.ETag ?? '' });
      } catch (error) {
        return nameOf(error) === 'NoSuchKey' ? ok(undefined) : s3Refusal(error, about('read', key));
      }
    },
    put: async (key, bytes, condition) => {
      for (let meeting = 1; ; meeting += 1) {
        try {
          const input = { ...addressed(place), ...conditionOf(condition), Key: key, Body: bytes };
          await client.send(new PutObjectCommand(input), options);
          return ok('written');
        } catch (error) {
          const status = statusOf(error);
          if (status === 409 && meeting < MEETINGS) continue;
          // If-Match on an object that was deleted meanwhile is 404.
          const unmet = status === 412 || status === 409 || nameOf(error) === 'NoSuchKey';
          return unmet ? ok('refused') : s3Refusal(error, about('write', key));
        }
      }
    },
    list: async (prefix) => {
      const keys: string[] = [];
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
          keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []));
          token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
        } while (token !== undefined);
        return ok(keys);
      } catch (error) {
        return s3Refusal(error, about('list', prefix));
      }
    },
  };
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

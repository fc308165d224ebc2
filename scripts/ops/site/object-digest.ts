import { createHash } from 'node:crypto';
import { GetObjectCommand, S3ServiceException, type S3Client } from '@aws-sdk/client-s3';
import type { VouchedObject } from '#config-service';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { s3Refusal } from './s3-fault.ts';

export interface ObjectPlace {
  /** `s3://bucket/key`. */
  readonly url: string;
  readonly region: string;
  /** The account that must own the bucket. */
  readonly owner?: string;
  readonly maxBytes: number;
}

/**
 * Size and SHA-256 of an object, read to its end and kept nowhere. Faults: `LF_OBJECT_MISSING`, `LF_OBJECT_TOO_LARGE`, those
 * of `s3Refusal`.
 */
export async function digestObject(
  client: S3Client,
  { url, region, owner, maxBytes }: ObjectPlace,
  signal: AbortSignal,
): Promise<Outcome<VouchedObject>> {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(url) ?? [];
  try {
    const got = await client.send(
      new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ...(owner === undefined ? {} : { ExpectedBucketOwner: owner }),
      }),
      { abortSignal: signal },
    );
    const hash = createHash('sha256');
    let size = 0;
    for await (const piece of (got.Body ?? []) as AsyncIterable<Uint8Array>) {
      signal.throwIfAborted();
      size += piece.length;
      if (size > maxBytes) return tooLarge(url, maxBytes);
      hash.update(piece);
    }
    return ok({ sha256: hash.digest('hex'), size });
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === 'NoSuchKey') return absent(url);
    return s3Refusal(error, { operation: 'read', subject: url, bucket, region });
  }
}

function absent(url: string): Outcome<never> {
  return fail({
    code: 'LF_OBJECT_MISSING',
    operation: 'read',
    subject: url,
    cause: 'there is no such object',
    hint: 'Upload it first.',
  });
}

function tooLarge(url: string, maxBytes: number): Outcome<never> {
  return fail({
    code: 'LF_OBJECT_TOO_LARGE',
    operation: 'read',
    subject: url,
    cause: `it has more than ${maxBytes} bytes, and no agent takes that`,
    hint: 'Make it smaller, or bring it to the instances in another way.',
  });
}

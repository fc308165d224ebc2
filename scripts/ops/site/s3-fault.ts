import { S3ServiceException } from '@aws-sdk/client-s3';
import { LandfallError, type Fault, type FaultCode } from '#kit/errors.ts';
import { fail, retry, type Fail, type Retry } from '#kit/outcome.ts';

/** What was asked of S3, in the words a fault needs. */
export interface S3Request {
  readonly operation: 'read' | 'list' | 'write' | 'open';
  /** `s3://bucket/key` */
  readonly subject: string;
  readonly bucket: string;
  readonly region: string;
}

const CREDENTIALS = new Set([
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidToken',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
]);

/** What an exception of the SDK means. The status and S3's own code decide, never a message. */
export function s3Refusal(error: unknown, request: S3Request): Retry | Fail {
  if (error instanceof LandfallError) return fail(error.fault);
  const { operation, subject, bucket, region } = request;
  const faulty = (code: FaultCode, cause: string, hint: string): Fault => ({
    code,
    operation,
    subject,
    cause,
    hint,
  });
  if (!(error instanceof S3ServiceException)) {
    const cause = error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
    if (error instanceof Error && error.name === 'AbortError') {
      return fail(
        faulty('LF_INTERRUPTED', 'the command was stopped', 'Run it again: it goes on where it was.'),
      );
    }
    return retry(
      faulty('LF_SOURCE_UNREACHABLE', cause, 'Check the network and AWS_ENDPOINT_URL, and run it again.'),
    );
  }
  const { name, $metadata, $response } = error;
  const status = $metadata.httpStatusCode ?? 0;
  const said = `${name}, HTTP ${status}`;
  const elsewhere = $response?.headers['x-amz-bucket-region'];
  if ((elsewhere !== undefined && elsewhere !== region) || status === 301) {
    return fail(bucketElsewhere(request, elsewhere));
  }
  // HEAD has no body: then the status is all there is.
  if (name === 'NoSuchBucket' || (operation === 'open' && status === 404)) {
    return fail(
      faulty('LF_BUCKET_MISSING', `there is no bucket ${bucket}`, `Create it in ${region}, or correct --to.`),
    );
  }
  if (CREDENTIALS.has(name)) {
    return fail(
      faulty(
        'LF_CREDENTIALS',
        `S3 does not accept the credentials (${said})`,
        'Log in again, and check the clock.',
      ),
    );
  }
  if (status === 403)
    return fail(faulty('LF_SOURCE_DENIED', `S3 denies it (${said})`, permissionHint(request)));
  if (status === 429 || name === 'SlowDown') {
    return retry(
      faulty('LF_SOURCE_THROTTLED', `S3 asks for fewer requests (${said})`, 'Run it again in a minute.'),
    );
  }
  if (status >= 500)
    return retry(faulty('LF_SOURCE_UNREACHABLE', `S3 is in trouble (${said})`, 'Run it again.'));
  return fail(
    faulty(
      'LF_SOURCE_MALFORMED',
      `S3 refuses it (${said})`,
      'Look for a proxy on the way to S3, and at AWS_ENDPOINT_URL.',
    ),
  );
}

export function bucketElsewhere(
  { operation, subject, region }: S3Request,
  elsewhere: string | undefined,
): Fault {
  return {
    code: 'LF_REGION_BUCKET',
    operation,
    subject,
    cause: `the bucket is ${elsewhere === undefined ? 'not in' : `in ${elsewhere}, not in`} ${region}`,
    hint: 'Give each region a bucket of its own: write {region} into --to.',
  };
}

function permissionHint({ operation, subject, bucket }: S3Request): string {
  const owner = 'and if --owner is given, check that this account owns the bucket';
  if (operation === 'write') return `Allow s3:PutObject on ${subject}, ${owner}.`;
  return `Allow s3:ListBucket on ${bucket} and s3:GetObject below the prefix, ${owner}.`;
}

import { S3ServiceException } from '@aws-sdk/client-s3';
import { LandfallError, type Fault, type FaultCode } from '#kit/errors.ts';
import { fail, retry, type Fail, type Retry } from '#kit/outcome.ts';

/** What was asked of S3, in the words a fault needs. */
export interface S3Request {
  readonly operation: 'read' | 'list' | 'write' | 'open' | 'remove';
  /** `s3://bucket/key` */
  readonly subject: string;
  readonly bucket: string;
  readonly region: string;
}

/** By S3's code (S3 API reference, "Error responses"): what is wrong with who asks, and what helps. */
const CREDENTIALS: ReadonlyMap<string, readonly [cause: string, hint: string]> = new Map([
  [
    'ExpiredToken',
    ['the credentials have expired', 'Log in again (`aws sso login`), or have the job fetch new ones.'],
  ],
  ['TokenRefreshRequired', ['the credentials have expired', 'Log in again (`aws sso login`).']],
  [
    'InvalidAccessKeyId',
    ['S3 knows no such access key', 'Log in again, and see which keys the environment and the profile hold.'],
  ],
  [
    'InvalidToken',
    [
      'the session token is not valid',
      'Log in again, and see that key, secret and token are of one session.',
    ],
  ],
  [
    'SignatureDoesNotMatch',
    ['the secret key does not fit the access key', 'Log in again, and see that the secret was copied whole.'],
  ],
  ['RequestExpired', ['the clock of this machine is wrong', 'Set the clock, and run it again.']],
  ['RequestTimeTooSkewed', ['the clock of this machine is wrong', 'Set the clock, and run it again.']],
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
  const [refused, help] = CREDENTIALS.get(name) ?? [];
  if (refused !== undefined && help !== undefined) {
    const times = refused.includes('clock') ? clockTold($response?.headers['date']) : '';
    const cause = `S3 does not accept the credentials: ${refused}${times} (${said})`;
    return fail(faulty('LF_CREDENTIALS', cause, help));
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

function clockTold(date: string | undefined): string {
  return date === undefined ? '' : `; S3 has ${date}`;
}

function permissionHint({ operation, subject, bucket }: S3Request): string {
  const owner = 'and if --owner is given, check that this account owns the bucket';
  if (operation === 'write') return `Allow s3:PutObject on ${subject}, ${owner}.`;
  if (operation === 'remove') return `Allow s3:DeleteObject on ${subject}, ${owner}.`;
  return `Allow s3:ListBucket on ${bucket} and s3:GetObject below the prefix, ${owner}.`;
}

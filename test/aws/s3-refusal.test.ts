import { describe } from 'vitest';
import { page, readingComesOut, row, s3 } from '../support/s3-faults.ts';

describe('reading what S3 refuses', () => {
  readingComesOut({
    'no such bucket': row(
      s3(404, 'NoSuchBucket'),
      'fail',
      'LF_BUCKET_MISSING',
      'no bucket b',
      'Create it in eu-west-1',
    ),
    'a name no bucket can have': row(
      s3(400, 'InvalidBucketName'),
      'fail',
      'LF_BUCKET_MISSING',
      'InvalidBucketName',
      'LANDFALL_SOURCE',
    ),
    'access denied': row(
      s3(403, 'AccessDenied'),
      'retry',
      'LF_SOURCE_DENIED',
      'AccessDenied',
      's3:GetObject on arn:aws:s3:::b/dir/k',
    ),
    'a 403 of a proxy': row(page(403), 'retry', 'LF_SOURCE_DENIED', 'HTTP 403', 'LANDFALL_BUCKET_OWNER'),
    'a disabled key': row(
      s3(400, 'KMS.DisabledException'),
      'retry',
      'LF_SOURCE_DENIED',
      'KMS.Disabled',
      'Enable the KMS key',
    ),
    'an owner that is no account': row(
      s3(400, 'InvalidBucketOwnerAWSAccountID'),
      'fail',
      'LF_SOURCE_OWNER',
      '111122223333',
      'LANDFALL_BUCKET_OWNER',
    ),
    'expired credentials': row(
      s3(400, 'ExpiredToken'),
      'retry',
      'LF_CREDENTIALS',
      'ExpiredToken',
      'New credentials',
    ),
    'unknown credentials': row(
      s3(403, 'InvalidAccessKeyId'),
      'retry',
      'LF_CREDENTIALS',
      'InvalidAccessKeyId',
      'instance profile',
    ),
    'a wrong signature': row(
      s3(403, 'SignatureDoesNotMatch'),
      'retry',
      'LF_CREDENTIALS',
      'SignatureDoesNotMatch',
      'New credentials',
    ),
    'a clock that is off': row(
      s3(403, 'RequestTimeTooSkewed'),
      'retry',
      'LF_CREDENTIALS',
      'RequestTimeTooSkewed',
      'chrony',
    ),
    'a key that is gone': row(
      s3(400, 'KMS.NotFoundException'),
      'retry',
      'LF_SOURCE_DENIED',
      'KMS.NotFoundException, HTTP 400',
      'with a key of this region',
    ),
    'a key that is to be deleted': row(
      s3(400, 'KMS.KMSInvalidStateException'),
      'retry',
      'LF_SOURCE_DENIED',
      'cannot use the KMS key',
      'cancel its deletion',
    ),
    'an object that is archived': row(
      s3(403, 'InvalidObjectState', {}, `${said('no')}<StorageClass>DEEP_ARCHIVE</StorageClass>`),
      'retry',
      'LF_SOURCE_DENIED',
      'archived (storage class DEEP_ARCHIVE) (InvalidObjectState, HTTP 403: no)',
      'Restore it',
    ),
    'an account that is closed': row(
      s3(403, 'AccountProblem'),
      'retry',
      'LF_SOURCE_DENIED',
      'AccountProblem',
      'state of the account (111122223333',
    ),
    'the words of S3': row(
      s3(
        403,
        'AccessDenied',
        {},
        said('User: arn:x is not &quot;authorized&quot;\n to perform: s3:GetObject'),
      ),
      'retry',
      'LF_SOURCE_DENIED',
      'S3 denies it (AccessDenied, HTTP 403: User: arn:x is not "authorized" to perform: s3:GetObject)',
      's3:GetObject on arn:aws:s3:::b/dir/k',
    ),
    'a request that only S3 knows what is wrong with': row(
      s3(400, 'InvalidRequest', {}, said('The object was stored using a form of SSE.')),
      'retry',
      'LF_SOURCE_REFUSED',
      'S3 refuses it (InvalidRequest, HTTP 400: The object was stored using a form of SSE.)',
      'S3 itself answered',
    ),
  });
});

function said(message: string): string {
  return `<Message>${message}</Message>`;
}

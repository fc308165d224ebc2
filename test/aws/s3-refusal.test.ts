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
      'kms:Decrypt',
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
  });
});

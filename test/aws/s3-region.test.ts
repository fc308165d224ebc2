import { describe } from 'vitest';
import { content, listingComesOut, readingComesOut, row, s3 } from '../support/s3-faults.ts';

describe('reading from a bucket of another region', () => {
  readingComesOut({
    'another region by 301': row(
      s3(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'us-east-1' }),
      'fail',
      'LF_REGION_BUCKET',
      'in us-east-1',
      '{region}',
    ),
    'another region by 301, unnamed': row(
      s3(301, 'PermanentRedirect'),
      'fail',
      'LF_REGION_BUCKET',
      'not in eu-west-1',
      '{region}',
    ),
    'another region by 307': row(
      s3(307, 'TemporaryRedirect', { 'x-amz-bucket-region': 'us-east-1' }),
      'fail',
      'LF_REGION_BUCKET',
      'in us-east-1',
      '{region}',
    ),
    'another region by the signature': row(
      s3(400, 'AuthorizationHeaderMalformed', {}, '<Region>us-east-1</Region>'),
      'fail',
      'LF_REGION_BUCKET',
      'in us-east-1',
      '{region}',
    ),
    'another region by constraint': row(
      s3(400, 'IllegalLocationConstraintException'),
      'fail',
      'LF_REGION_BUCKET',
      'not in eu-west-1',
      '{region}',
    ),
    'another region, denied': row(
      s3(403, 'AccessDenied', { 'x-amz-bucket-region': 'us-east-1' }),
      'fail',
      'LF_REGION_BUCKET',
      'in us-east-1',
      '{region}',
    ),
    'another region, content and all': row(
      content('a=1', { etag: '"e"', 'x-amz-bucket-region': 'us-east-1' }),
      'fail',
      'LF_REGION_BUCKET',
      'in us-east-1',
      '{region}',
    ),
  });
});

describe('listing a bucket of another region', () => {
  listingComesOut({
    'another region, listing and all': row(
      content('<ListBucketResult></ListBucketResult>', { 'x-amz-bucket-region': 'us-east-1' }),
      'fail',
      'LF_REGION_BUCKET',
      'in us-east-1',
      '{region}',
    ),
  });
});

import { describe } from 'vitest';
import { content, listingComesOut, page, row, s3 } from '../support/s3-faults.ts';

describe('listing at an S3 that refuses or babbles', () => {
  listingComesOut({
    'no such bucket': row(
      s3(404, 'NoSuchBucket'),
      'fail',
      'LF_BUCKET_MISSING',
      'no bucket b',
      'Create it in eu-west-1',
    ),
    'no such key, which S3 never says here': row(
      s3(404, 'NoSuchKey'),
      'retry',
      'LF_SOURCE_MALFORMED',
      'NoSuchKey',
      'proxy',
    ),
    'access denied': row(
      s3(403, 'AccessDenied'),
      'retry',
      'LF_SOURCE_DENIED',
      'AccessDenied',
      's3:ListBucket on arn:aws:s3:::b ',
    ),
    'a login page': row(page(200), 'retry', 'LF_SOURCE_HTML', 'web page', 'captive portal'),
    'an error under status 200': row(
      content('<Error><Code>InternalError</Code></Error>', {}),
      'retry',
      'LF_SOURCE_MALFORMED',
      'no listing',
      'proxy',
    ),
    'a document without its end': row(
      content('<ListBucketResult><Contents><Key>dir/k', {}),
      'retry',
      'LF_SOURCE_TRUNCATED',
      'closing tag',
      'proxy',
    ),
    'keys of another prefix': row(
      content(
        '<ListBucketResult><Contents><Key>x</Key><Size>1</Size><ETag>e</ETag></Contents></ListBucketResult>',
        {},
      ),
      'retry',
      'LF_SOURCE_MALFORMED',
      'this prefix',
      'proxy',
    ),
  });
});

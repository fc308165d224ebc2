import { describe, expect, it } from 'vitest';
import { FakeClock } from '../support/fake-clock.ts';
import { loopbackServer } from '../support/loopback-server.ts';
import { LIMITS, storeAt } from '../support/pinned.ts';
import { content, half, page, readingComesOut, row, s3 } from '../support/s3-faults.ts';

describe('reading from an S3 in trouble', () => {
  readingComesOut({
    'a 404 that is not of S3': row(page(404), 'retry', 'LF_SOURCE_MALFORMED', 'HTTP 404', 'proxy'),
    'a 404 without a body': row(s3(404), 'retry', 'LF_SOURCE_MALFORMED', 'HTTP 404', 'proxy'),
    'a redirect of something else': row(
      page(302),
      'retry',
      'LF_SOURCE_MALFORMED',
      'HTTP 302',
      'captive portal',
    ),
    'slow down': row(
      s3(503, 'SlowDown', { 'retry-after': '7' }),
      'retry',
      'LF_SOURCE_THROTTLED',
      'SlowDown',
      'interval',
      7000,
    ),
    'too many requests, until a date': row(
      page(429, { 'retry-after': 'Sat, 21 Nov 2026 00:00:10 GMT' }),
      'retry',
      'LF_SOURCE_THROTTLED',
      'HTTP 429',
      'interval',
      10_000,
    ),
    'an internal error': row(
      s3(500, 'InternalError'),
      'retry',
      'LF_SOURCE_UNREACHABLE',
      'InternalError',
      'by itself',
    ),
    'a bad gateway': row(
      page(502, { 'retry-after': '3' }),
      'retry',
      'LF_SOURCE_UNREACHABLE',
      'HTTP 502',
      'by itself',
      3000,
    ),
    'a request that took too long': row(
      s3(400, 'RequestTimeout'),
      'retry',
      'LF_SOURCE_UNREACHABLE',
      'RequestTimeout',
      'by itself',
    ),
    'a reset': row(
      (request) => request.socket.resetAndDestroy(),
      'retry',
      'LF_SOURCE_UNREACHABLE',
      'ECONNRESET',
      'security groups',
    ),
    'a reset in the body': row(
      half((socket) => socket.resetAndDestroy()),
      'retry',
      'LF_SOURCE_UNREACHABLE',
      'ECONNRESET',
      'security groups',
    ),
    'a truncated body': row(
      half((socket) => socket.end()),
      'retry',
      'LF_SOURCE_TRUNCATED',
      '4 of 9 bytes',
      'proxy',
    ),
    'a login page instead of content': row(
      page(200),
      'retry',
      'LF_SOURCE_HTML',
      'web page',
      'captive portal',
    ),
    'a 304 to a question without an ETag': row(s3(304), 'retry', 'LF_SOURCE_MALFORMED', 'HTTP 304', 'proxy'),
    'a wrong sha256': row(
      content('a=1', { etag: '"e"', 'x-amz-checksum-sha256': 'AAAA' }),
      'retry',
      'LF_DIGEST_MISMATCH',
      'x-amz-checksum-sha256',
      'upload',
    ),
    'a wrong crc32': row(
      content('a=1', { etag: '"e"', 'x-amz-checksum-crc32': 'AAAAAA==' }),
      'retry',
      'LF_DIGEST_MISMATCH',
      'x-amz-checksum-crc32',
      'upload',
    ),
    'more bytes than allowed': row(
      content('x'.repeat(65), { etag: '"e"' }),
      'fail',
      'LF_OBJECT_TOO_LARGE',
      '64 are allowed',
      'small',
    ),
  });
});

describe('an S3 that does not answer', () => {
  const options = { maxBytes: 64, signal: new AbortController().signal };

  it('is unreachable when nothing listens', async () => {
    const gone = await loopbackServer(() => {});
    await gone[Symbol.asyncDispose]();
    expect(await storeAt(gone.url).get('k', options)).toMatchObject({
      kind: 'retry',
      fault: { code: 'LF_SOURCE_UNREACHABLE', cause: expect.stringContaining('ECONNREFUSED') },
    });
  });

  it('is unreachable when it is silent for too long', async () => {
    const clock = new FakeClock();
    await using server = await loopbackServer(() => {});
    const outcome = storeAt(server.url, { clock }).get('k', options);
    await server.arrived(1);
    await clock.advance(LIMITS.firstByteMs);
    expect(await outcome).toMatchObject({
      kind: 'retry',
      fault: { code: 'LF_SOURCE_UNREACHABLE', cause: 'no answer within 5000 ms' },
    });
  });
});

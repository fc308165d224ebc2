import { describe, it, vi } from 'vitest';
import { everywhere, expectBootstrapFails, expectGoodStays, type FaultCase } from './fault-case.ts';

const ELSEWHERE = { 'x-amz-bucket-region': 'us-east-1' };

/** What S3, the way to it, and the metadata service's credentials can do to a check. */
const CASES: Readonly<Record<string, FaultCase>> = {
  '403 on everything': {
    code: 'LF_SOURCE_DENIED',
    exit: 4,
    cause: /AccessDenied, HTTP 403/,
    hint: /s3:ListBucket on arn:aws:s3:::acme-config-eu-west-1.*LANDFALL_BUCKET_OWNER/,
    strike: everywhere({ status: 403, code: 'AccessDenied' }),
  },
  'an object that is archived': {
    code: 'LF_SOURCE_DENIED',
    exit: 4,
    cause: /archived/,
    hint: /Restore it/,
    strike: everywhere({ status: 403, code: 'InvalidObjectState' }),
  },
  'a request that S3 itself refuses': {
    code: 'LF_SOURCE_REFUSED',
    exit: 4,
    cause: /InvalidRequest, HTTP 400/,
    hint: /S3 itself answered/,
    strike: everywhere({ status: 400, code: 'InvalidRequest' }),
  },
  '403 on one layer': {
    code: 'LF_SOURCE_DENIED',
    exit: 4,
    hint: /s3:GetObject on arn:aws:s3:::acme-config-eu-west-1\/payroll\/environment\/prod\/prod\.properties/,
    strike: ({ sandbox }) =>
      void sandbox.faults.add({
        path: '*/environment/prod/*',
        effect: { status: 403, code: 'AccessDenied' },
      }),
  },
  '404 on everything': {
    code: 'LF_SOURCE_MALFORMED',
    exit: 4,
    cause: /NoSuchKey, HTTP 404/,
    hint: /\S/,
    strike: everywhere({ status: 404, code: 'NoSuchKey' }),
  },
  '404 on an object that is listed': {
    code: 'LF_OBJECT_MISSING',
    exit: 4,
    hint: /\S/,
    strike: ({ sandbox }) =>
      void sandbox.faults.add({ path: '*.properties', effect: { status: 404, code: 'NoSuchKey' } }),
  },
  'no such bucket': {
    code: 'LF_BUCKET_MISSING',
    exit: 4,
    cause: /no bucket acme-config-eu-west-1/,
    hint: /Create it in eu-west-1/,
    strike: everywhere({ status: 404, code: 'NoSuchBucket' }),
  },
  'the bucket elsewhere, as a redirect': {
    code: 'LF_REGION_BUCKET',
    exit: 6,
    cause: /in us-east-1, this instance is in eu-west-1/,
    hint: /bucket of eu-west-1/,
    strike: everywhere({ status: 301, code: 'PermanentRedirect', headers: ELSEWHERE }),
  },
  'the bucket elsewhere, by the header of a good answer': {
    code: 'LF_REGION_BUCKET',
    exit: 6,
    cause: /in us-east-1, this instance is in eu-west-1/,
    hint: /bucket of eu-west-1/,
    strike: everywhere({ status: 200, headers: { ...ELSEWHERE, etag: '"e"' }, body: 'log.level=DEBUG\n' }),
  },
  'throttled with 503': {
    code: 'LF_SOURCE_THROTTLED',
    exit: 4,
    cause: /SlowDown, HTTP 503/,
    hint: /backs off/,
    strike: everywhere('throttle'),
  },
  'throttled with 429': {
    code: 'LF_SOURCE_THROTTLED',
    exit: 4,
    cause: /HTTP 429/,
    hint: /backs off/,
    strike: everywhere({ status: 429, code: 'TooManyRequests' }),
  },
  'an internal error': {
    code: 'LF_SOURCE_UNREACHABLE',
    exit: 4,
    cause: /HTTP 500/,
    hint: /tries again/,
    strike: everywhere({ status: 500, body: '<html>oops</html>', headers: { 'content-type': 'text/html' } }),
  },
  'the page of a captive portal': {
    code: 'LF_SOURCE_HTML',
    exit: 4,
    hint: /proxy or captive portal/,
    strike: everywhere({
      status: 200,
      body: '<html>Sign in</html>',
      headers: { 'content-type': 'text/html' },
    }),
  },
  'a reset': {
    code: 'LF_SOURCE_UNREACHABLE',
    exit: 4,
    cause: /reset/,
    hint: /security groups/,
    strike: everywhere('reset'),
  },
  'a reset after the work was done': {
    code: 'LF_SOURCE_UNREACHABLE',
    exit: 4,
    hint: /security groups/,
    strike: everywhere('lose'),
  },
  'an answer that ends early': {
    code: 'LF_SOURCE_TRUNCATED',
    exit: 4,
    cause: /closed after|ends before/,
    hint: /cuts answers/,
    strike: everywhere('truncate'),
  },
  'no answer': {
    code: 'LF_SOURCE_UNREACHABLE',
    exit: 4,
    cause: /no answer within 5000 ms/,
    hint: /security groups/,
    strike: everywhere('hang'),
    bootTimeout: '7s',
  },
  'an answer that trickles': {
    code: 'LF_SOURCE_UNREACHABLE',
    exit: 4,
    cause: /no complete answer within 20000 ms/,
    hint: /security groups/,
    strike: everywhere('trickle'),
    bootTimeout: '23s',
    patienceMs: 25_000,
  },
  'credentials that expired': {
    code: 'LF_CREDENTIALS',
    exit: 3,
    cause: /ExpiredToken/,
    hint: /instance profile/,
    strike: everywhere({ status: 400, code: 'ExpiredToken' }),
  },
  'credentials that were revoked': {
    code: 'LF_CREDENTIALS',
    exit: 3,
    cause: /InvalidAccessKeyId/,
    hint: /instance profile/,
    strike: everywhere({ status: 403, code: 'InvalidAccessKeyId' }),
  },
  'a clock that is off': {
    code: 'LF_CREDENTIALS',
    exit: 3,
    hint: /chrony/,
    strike: everywhere({ status: 403, code: 'RequestTimeTooSkewed' }),
  },
};

const ROWS = Object.entries(CASES);

// They mostly wait.
vi.setConfig({ maxConcurrency: 12 });

describe.concurrent('a failing source', () => {
  it.each(ROWS)('has its own name, and takes nothing away: %s', (_, fault) => expectGoodStays(fault));
  it.each(ROWS)('ends a bootstrap with its own code: %s', (_, fault) => expectBootstrapFails(fault));
});

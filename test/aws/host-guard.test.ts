import { describe, expect, it } from 'vitest';
import { createHostGuard } from '#agent/aws/host-guard.ts';
import { PIN } from '../support/pinned.ts';

const OVERRIDES = [
  'http://127.0.0.1:4566',
  'https://vpce-1.s3.eu-west-1.vpce.amazonaws.com',
  'http://[::1]:8000',
];

const bare = createHostGuard(PIN, [
  { url: new URL('https://s3.eu-west-1.amazonaws.com'), overridden: false },
]);
const overridden = createHostGuard(
  PIN,
  OVERRIDES.map((url) => ({ url: new URL(url), overridden: true })),
);

describe('createHostGuard', () => {
  it.each([
    'https://s3.eu-west-1.amazonaws.com',
    'https://bucket.s3.eu-west-1.amazonaws.com',
    'https://bucket.with.dots.s3.eu-west-1.amazonaws.com',
    'https://ec2.eu-west-1.amazonaws.com:443',
    'https://EC2.EU-WEST-1.AMAZONAWS.COM.',
  ])('lets %s through', (url) => {
    expect(bare(new URL(url))).toBeUndefined();
  });

  it.each([
    ['another region', 'https://s3.us-east-1.amazonaws.com'],
    ['a bucket in another region', 'https://bucket.s3.us-east-1.amazonaws.com'],
    ['the global host', 'https://s3.amazonaws.com'],
    ['the global host of a bucket', 'https://bucket.s3.amazonaws.com'],
    ['the legacy dash host', 'https://s3-eu-west-1.amazonaws.com'],
    ['a multi-region access point', 'https://m.accesspoint.s3-global.amazonaws.com'],
    ['dual stack', 'https://s3.eu-west-1.api.aws'],
    ['a VPC endpoint', 'https://vpce-1.s3.eu-west-1.vpce.amazonaws.com'],
    ['the same region name in another partition', 'https://s3.eu-west-1.amazonaws.com.cn'],
    ['a lookalike suffix', 'https://s3.eu-west-1.amazonaws.com.evil.example'],
    ['a lookalike label', 'https://s3.not-eu-west-1.amazonaws.com'],
    ['plain http', 'http://s3.eu-west-1.amazonaws.com'],
    ['another port', 'https://s3.eu-west-1.amazonaws.com:8443'],
    ['loopback', 'http://127.0.0.1:4566'],
    ['the metadata service', 'http://169.254.169.254'],
  ])('stops %s', (_, url) => {
    expect(bare(new URL(url))).toMatchObject({
      code: 'LF_REGION_CALL',
      hint: expect.stringContaining('AWS_ENDPOINT_URL'),
    });
  });

  it.each(OVERRIDES)('lets the configured %s through', (url) => {
    expect(overridden(new URL(url))).toBeUndefined();
  });

  it.each(['http://127.0.0.1:4567', 'https://127.0.0.1:4566', 'http://localhost:4566'])(
    'stops %s, which differs from what is configured in one part',
    (url) => {
      expect(overridden(new URL(url))?.code).toBe('LF_REGION_CALL');
    },
  );

  it('reads a destination as the SDK describes it: a number for the port, or none', () => {
    expect(overridden({ protocol: 'http:', hostname: '127.0.0.1', port: 4566 })).toBeUndefined();
    expect(bare({ protocol: 'https:', hostname: 'ec2.eu-west-1.amazonaws.com' })).toBeUndefined();
  });

  describe('where FIPS hosts are asked for', () => {
    const stack = { fips: true, dualStack: true };
    const asked = createHostGuard(PIN, [
      { url: new URL('https://s3-fips.dualstack.eu-west-1.amazonaws.com'), overridden: false, stack },
      { url: new URL('https://ec2-fips.eu-west-1.api.aws'), overridden: false, stack },
      { url: new URL('http://127.0.0.1:4566'), overridden: true },
    ]);

    it.each([
      'https://s3-fips.dualstack.eu-west-1.amazonaws.com',
      'https://b.s3-fips.dualstack.eu-west-1.amazonaws.com',
      'https://ec2-fips.eu-west-1.api.aws',
      'http://127.0.0.1:4566',
    ])('lets %s through', (url) => {
      expect(asked(new URL(url))).toBeUndefined();
    });

    it.each([
      ['the ordinary host of the region', 'https://s3.eu-west-1.amazonaws.com'],
      ['a service that nobody resolved', 'https://sqs-fips.eu-west-1.api.aws'],
      ['the same host elsewhere', 'https://ec2-fips.us-east-1.api.aws'],
      ['a name in front of a host that has none', 'https://x.ec2-fips.eu-west-1.api.aws'],
      ['plain http', 'http://ec2-fips.eu-west-1.api.aws'],
    ])('stops %s', (_, url) => {
      expect(asked(new URL(url))).toMatchObject({
        code: 'LF_REGION_CALL',
        hint: expect.stringContaining('https://ec2-fips.eu-west-1.api.aws'),
      });
    });
  });
});

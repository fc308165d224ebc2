import { describe, expect, it } from 'vitest';
import type { Facts } from '../../config-service/layers/facts.ts';
import { parseSourceAddress } from '../../config-service/sources/source-address.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';

const FACTS: Facts = {
  partition: 'aws',
  dnsSuffix: 'amazonaws.com',
  account: '111122223333',
  region: 'eu-west-1',
  zone: 'eu-west-1a',
  instanceId: 'i-0abc',
  imageId: 'ami-1',
  instanceType: 't3.micro',
  role: 'web',
  environment: undefined,
  tags: new Map(),
};

describe('a source address', () => {
  it.each([
    ['s3://bucket', { kind: 's3', bucket: 'bucket', prefix: '' }],
    ['s3://bucket/', { kind: 's3', bucket: 'bucket', prefix: '' }],
    [' s3://bucket/a/b/ ', { kind: 's3', bucket: 'bucket', prefix: 'a/b' }],
    [
      's3://cfg-{account}-{region}/{partition}/{role}',
      { kind: 's3', bucket: 'cfg-111122223333-eu-west-1', prefix: 'aws/web' },
    ],
    ['/etc/config', { kind: 'directory', path: '/etc/config' }],
    ['file:///etc/my%20config/{region}', { kind: 'directory', path: '/etc/my config/eu-west-1' }],
  ])('%j is read', (text, address) => {
    expect(valueOf(parseSourceAddress(text, FACTS))).toEqual(address);
  });

  it.each([
    ['', 'it is empty'],
    ['bucket/prefix', 'neither an S3 address'],
    ['https://bucket.s3.amazonaws.com/x', 'neither an S3 address'],
    ['./config', 'neither an S3 address'],
    ['file://host/etc', 'has no host'],
    ['file:///a%zz', 'percent encoding'],
    ['s3://', 'the name is missing'],
    ['s3://bucket-{environment}', 'no tag for {environment}'],
    ['s3://bucket-{zone}', 'unknown placeholder {zone}'],
    ['s3://Bucket/x', 'lower-case'],
    ['s3://bucket_1/x', 'lower-case'],
    ['s3://-bucket/x', 'lower-case'],
    ['s3://a..b/x', 'two dots'],
    ['s3://ab', '3 to 63'],
    [`s3://${'a'.repeat(64)}`, '3 to 63'],
    ['s3://10.0.0.1/x', 'IP address'],
    ['s3://arn:aws:s3:us-east-1:111122223333:accesspoint/x', 'an ARN'],
    ['s3://mfzwi23gnjvgw.mrap/x', 'multi-region access point'],
    ['s3://bucket--use1-az4--x-s3/x', 'directory buckets'],
  ])('%j is refused: %s', (text, cause) => {
    const outcome = parseSourceAddress(text, FACTS);
    expect(verdictOf(outcome)).toBe('fail LF_SETTINGS');
    expect(outcome).toMatchObject({ fault: { cause: expect.stringContaining(cause) } });
  });

  it.each(['../secrets', 'a/b', '..', '.', '', 'a\u0000b', 'a\\b'])(
    'a tag %j cannot lead it elsewhere',
    (role) => {
      const outcome = parseSourceAddress('file:///srv/{role}', { ...FACTS, role });
      expect(verdictOf(outcome)).toBe('fail LF_SETTINGS');
    },
  );

  it('a tag is no text to be replaced again, nor decoded', () => {
    const facts = { ...FACTS, role: '{region}$&' };
    expect(valueOf(parseSourceAddress('/srv/{role}', facts))).toEqual({
      kind: 'directory',
      path: '/srv/{region}$&',
    });
    expect(valueOf(parseSourceAddress('file:///srv/{role}', { ...FACTS, role: '%2e%2e%2fetc' }))).toEqual({
      kind: 'directory',
      path: '/srv/%2e%2e%2fetc',
    });
  });
});

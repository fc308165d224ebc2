import { describe, expect, it } from 'vitest';
import { resolveEndpoint, resolveEndpoints, type Environment } from '#agent/aws/endpoint.ts';
import { PIN, valueOf } from '../support/pinned.ts';

/** The detector's own tests are in its room: here it is enough that it can name two regions. */
const regionsNamedBy = (host: string) => host.match(/(eu-west-1|us-east-1)/g) ?? [];

function resolve(env: Environment, pin = PIN) {
  return resolveEndpoint('s3', pin, env, regionsNamedBy);
}

describe('resolveEndpoint', () => {
  it('gives the regional host of each service when nothing is overridden', () => {
    const hosts = Object.values(valueOf(resolveEndpoints(PIN, {}, regionsNamedBy))).map(
      ({ url }) => url.href,
    );
    expect(hosts).toEqual([
      'https://s3.eu-west-1.amazonaws.com/',
      'https://ec2.eu-west-1.amazonaws.com/',
      'https://logs.eu-west-1.amazonaws.com/',
      'https://monitoring.eu-west-1.amazonaws.com/',
      'https://ssm.eu-west-1.amazonaws.com/',
      'https://secretsmanager.eu-west-1.amazonaws.com/',
      'https://autoscaling.eu-west-1.amazonaws.com/',
      'https://cloudformation.eu-west-1.amazonaws.com/',
      'https://dynamodb.eu-west-1.amazonaws.com/',
      'https://appconfigdata.eu-west-1.amazonaws.com/',
    ]);
  });

  it('uses the DNS suffix of the partition', () => {
    const china = { ...PIN, region: 'cn-north-1', partition: 'aws-cn', dnsSuffix: 'amazonaws.com.cn' };
    expect(valueOf(resolve({}, china)).url.host).toBe('s3.cn-north-1.amazonaws.com.cn');
  });

  it('prefers the override of the service to the one for all, and ignores an empty one', () => {
    const both = { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1111', AWS_ENDPOINT_URL: 'http://127.0.0.1:2222' };
    expect(valueOf(resolve(both))).toEqual({ url: new URL('http://127.0.0.1:1111'), overridden: true });
    expect(valueOf(resolve({ ...both, AWS_ENDPOINT_URL_S3: '' })).url.port).toBe('2222');
    expect(valueOf(resolve({ AWS_ENDPOINT_URL_EC2: 'http://127.0.0.1:3333' })).overridden).toBe(false);
  });

  it('is deaf to AWS_REGION', () => {
    const url = valueOf(resolve({ AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-east-1' })).url;
    expect(url.host).toBe('s3.eu-west-1.amazonaws.com');
  });

  it('goes to FIPS and dual-stack hosts where the environment asks for them, but for a service that has an override', () => {
    const env = { AWS_USE_FIPS_ENDPOINT: 'TRUE', AWS_USE_DUALSTACK_ENDPOINT: 'true' };
    expect(valueOf(resolve(env))).toEqual({
      url: new URL('https://s3-fips.dualstack.eu-west-1.amazonaws.com'),
      overridden: false,
      stack: { fips: true, dualStack: true },
    });
    expect(valueOf(resolve({ ...env, AWS_ENDPOINT_URL_S3: 'https://minio.corp.example' }))).toEqual({
      url: new URL('https://minio.corp.example'),
      overridden: true,
    });
    expect(valueOf(resolve({ AWS_USE_FIPS_ENDPOINT: 'false', AWS_USE_DUALSTACK_ENDPOINT: '' }))).toEqual(
      valueOf(resolve({})),
    );
  });

  it('takes no other host where there is none as asked for, or nobody knows what is', () => {
    const china = { ...PIN, region: 'cn-north-1', partition: 'aws-cn', dnsSuffix: 'amazonaws.com.cn' };
    expect(resolve({ AWS_USE_FIPS_ENDPOINT: 'true' }, china)).toMatchObject({
      kind: 'fail',
      fault: {
        code: 'LF_SETTINGS',
        subject: 'AWS_USE_FIPS_ENDPOINT',
        cause: 'AWS has no such host of s3 in cn-north-1, and another is not taken for it',
      },
    });
    expect(resolve({ AWS_USE_DUALSTACK_ENDPOINT: 'yes' })).toMatchObject({
      fault: {
        code: 'LF_SETTINGS',
        subject: 'AWS_USE_DUALSTACK_ENDPOINT',
        cause: 'it is neither true nor false',
      },
    });
  });

  it.each([
    'https://s3.eu-west-1.amazonaws.com',
    'https://s3.dualstack.eu-west-1.amazonaws.com',
    'https://bucket.vpce-1a2b3c4d-5e6f.s3.eu-west-1.vpce.amazonaws.com',
    'http://localhost:4566',
    'http://[::1]:4566',
    'https://minio.corp.example/aws/',
  ])('accepts the override %s', (override) => {
    expect(resolve({ AWS_ENDPOINT_URL_S3: override })).toMatchObject({ kind: 'ok' });
  });

  it.each([
    [
      'another region',
      'https://s3.us-east-1.amazonaws.com',
      'is in us-east-1, this instance is in eu-west-1',
    ],
    ['a VPC endpoint of another region', 'https://vpce-1.s3.us-east-1.vpce.amazonaws.com', 'us-east-1'],
    ['another region at a host that is not of AWS', 'http://s3.us-east-1.corp.example', 'us-east-1'],
    ['the legacy global host', 'https://s3.amazonaws.com', 'not an endpoint of eu-west-1'],
    ['a multi-region access point', 'https://m.accesspoint.s3-global.amazonaws.com', 'not an endpoint'],
    ['a global host of both address families', 'https://route53.global.api.aws', 'not an endpoint'],
    ['the global host with a dot at its end', 'https://S3.amazonaws.com.', 'not an endpoint'],
  ])('refuses %s', (_, override, cause) => {
    const outcome = resolve({ AWS_ENDPOINT_URL_S3: override });
    expect(outcome).toMatchObject({
      kind: 'fail',
      fault: {
        code: 'LF_ENDPOINT_FOREIGN',
        subject: 'AWS_ENDPOINT_URL_S3',
        cause: expect.stringContaining(cause),
      },
    });
  });

  it.each(['eu-west-1', 'ftp://s3.eu-west-1.amazonaws.com', 'http://me:secret@127.0.0.1:1', 'http://h/?a=b'])(
    'refuses %s as no address, without repeating it',
    (override) => {
      const outcome = resolve({ AWS_ENDPOINT_URL: override });
      expect(outcome).toMatchObject({
        kind: 'fail',
        fault: { code: 'LF_SETTINGS', subject: 'AWS_ENDPOINT_URL' },
      });
      expect(JSON.stringify(outcome)).not.toContain('secret');
    },
  );
});

import { describe, expect, it } from 'vitest';
import { checkEnvironment } from '#agent/doctor/environment.ts';

const leaving = (env: Record<string, string>) => checkEnvironment(env, 'instance', true);
const said = (env: Record<string, string>, credentials: 'instance' | 'environment' = 'instance') =>
  checkEnvironment(env, credentials).map(({ level, says }) => `${level}: ${says}`);
const foundAt = (env: Record<string, string>, home: string) =>
  checkEnvironment(env, 'instance', false, home).map(({ level, says }) => `${level}: ${says}`);

it('an environment that points nowhere is good', () => {
  expect(said({ PATH: '/bin', HOME: '/root', AWS_REGION: '' })).toEqual(['ok: no variable points anywhere']);
});

it.each([
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'EC2_REGION',
])('%s is ignored, and a warning with a way out', (name) => {
  const [finding, ...others] = checkEnvironment({ [name]: 'us-east-1' }, 'instance');
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ level: 'warning', wayOut: expect.stringContaining(name) as string });
  expect(finding?.says).toContain('Landfall ignores it');
  // A warning never becomes an exit code.
  expect(finding?.code).toBeUndefined();
});

describe('hosts of FIPS and of both address families', () => {
  const both = { AWS_USE_FIPS_ENDPOINT: 'true', AWS_USE_DUALSTACK_ENDPOINT: 'true' };

  it('are named where they are asked for', () => {
    expect(foundAt(both, 'us-east-1')).toEqual([
      'note: AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT are set and followed: https://s3-fips.dualstack.us-east-1.amazonaws.com and its like',
    ]);
    expect(foundAt({ AWS_USE_DUALSTACK_ENDPOINT: 'true' }, 'cn-north-1')).toEqual([
      'note: AWS_USE_DUALSTACK_ENDPOINT is set and followed: https://s3.dualstack.cn-north-1.amazonaws.com.cn and its like',
    ]);
    expect(said({ AWS_USE_FIPS_ENDPOINT: 'false' })).toEqual(['ok: no variable points anywhere']);
  });

  it('are a warning where the partition has none, and where the variable says neither', () => {
    expect(foundAt(both, 'cn-north-1').join()).toContain('warning: AWS_USE_FIPS_ENDPOINT and');
    expect(foundAt({ AWS_USE_FIPS_ENDPOINT: '1' }, 'us-east-1')).toEqual([
      'warning: AWS_USE_FIPS_ENDPOINT is set, and ends a boot: it is neither true nor false',
    ]);
  });
});

describe('static keys', () => {
  const keys = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'hunter2' };

  it('are ignored, and one warning that names them', () => {
    expect(said(keys)).toEqual([
      "warning: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY set; Landfall ignores static keys and uses the instance's role",
    ]);
  });

  it('are no news where the settings ask for them', () => {
    expect(said(keys, 'environment')).toEqual(['ok: no variable points anywhere']);
  });
});

it.each([
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_S3',
  'AWS_EC2_METADATA_SERVICE_ENDPOINT',
  'HTTPS_PROXY',
  'https_proxy',
])('%s is followed, and a note with the host', (name) => {
  const value = 'https://user:hunter2@x.example:8443/hunter2';
  expect(said({ [name]: value })).toEqual([`note: ${name} is set and followed: https://x.example:8443`]);
});

it('HTTP_PROXY is named, though Landfall does not follow it', () => {
  expect(said({ HTTP_PROXY: 'http://10.0.0.5:3128' })).toEqual([
    'note: HTTP_PROXY is set and not followed, but by what Landfall starts: http://10.0.0.5:3128',
  ]);
});

it('plain http to another host is a warning, and so is a host of another region than this', () => {
  expect(said({ AWS_ENDPOINT_URL: 'http://10.0.0.5:9000' })).toEqual([
    'warning: AWS_ENDPOINT_URL is set and followed: http://10.0.0.5:9000, in the clear',
  ]);
  const env = { HTTPS_PROXY: 'http://internal-squid-1.us-east-1.elb.amazonaws.com:3128' };
  const at = (home: string) => checkEnvironment(env, 'instance', false, home).map(({ level }) => level);
  expect([at('eu-west-1'), at('us-east-1')]).toEqual([['warning'], ['note']]);
});

it.each(['AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE', 'AWS_CA_BUNDLE', 'NO_PROXY'])(
  '%s is followed, and a note',
  (name) => {
    expect(said({ [name]: 'x' })).toEqual([`note: ${name} is set and followed`]);
  },
);

it('no value is repeated: it may hold a password', () => {
  const env = {
    HTTPS_PROXY: 'http://user:hunter2@proxy',
    AWS_PROFILE: 'hunter2',
    AWS_SECRET_ACCESS_KEY: 'hunter2',
  };
  expect(JSON.stringify(checkEnvironment(env, 'instance'))).not.toContain('hunter2');
});

it('only the legacy of two values leads to a global endpoint', () => {
  expect(said({ AWS_STS_REGIONAL_ENDPOINTS: 'regional' })).toEqual(['ok: no variable points anywhere']);
  expect(said({ AWS_STS_REGIONAL_ENDPOINTS: 'legacy' })[0]).toMatch(
    /^warning: AWS_STS_REGIONAL_ENDPOINTS is set/,
  );
});

describe('before an image is made', () => {
  it.each([
    { AWS_REGION: 'eu-west-1' },
    { AWS_DEFAULT_REGION: 'eu-west-1' },
    { AWS_ENDPOINT_URL_S3: 'https://s3.eu-west-1.amazonaws.com' },
  ])('%j is a failure: what sets it may be on the image', (env) => {
    const [finding, ...others] = leaving(env);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ level: 'failure', code: 'LF_REGION_HOST' });
    expect(finding?.wayOut).toContain(`env -u ${Object.keys(env)[0]} landfall doctor --before-image`);
  });

  it('what names no region weighs as ever', () => {
    expect(leaving({ AWS_ENDPOINT_URL: 'http://127.0.0.1:4566', AWS_PROFILE: 'x' })).toMatchObject([
      { level: 'warning' },
      { level: 'note' },
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { createRegionalClients } from '#agent/aws/regional-clients.ts';
import { environmentCredentials } from '#agent/aws/environment-credentials.ts';
import { systemClock } from '#kit/clock.ts';
import { silentLogger } from '#kit/logger.ts';
import { CERTIFICATE, connectProxy } from '../support/connect-proxy.ts';
import { LIMITS, PIN, valueOf } from '../support/pinned.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 's' };
const { signal } = new AbortController();

function create(env: Record<string, string>) {
  return createRegionalClients({
    pin: PIN,
    env,
    ca: CERTIFICATE,
    load: environmentCredentials({ ...KEYS, ...env }),
    regionsNamedBy: (host) => host.match(/us-east-1|eu-west-1/g) ?? [],
    limits: LIMITS,
    clock: systemClock,
    random: () => 0,
    logger: silentLogger,
  });
}

describe('createRegionalClients', () => {
  it('reads a bucket at its virtual host over TLS, and one with dots by path', async () => {
    const seen: string[] = [];
    await using proxy = await connectProxy((request, response) => {
      seen.push(`${request.headers.host}${request.url}`);
      response.writeHead(200, { etag: '"e"' }).end();
    });
    const clients = valueOf(create({ HTTPS_PROXY: proxy.url }));
    for (const bucket of ['config-eu-west-1', 'config.example.com']) {
      await clients.objectStore(bucket).get('base/a', { maxBytes: 1, signal });
    }
    expect(seen).toEqual([
      'config-eu-west-1.s3.eu-west-1.amazonaws.com/base/a',
      's3.eu-west-1.amazonaws.com/config.example.com/base/a',
    ]);
    clients.close();
  });

  it('lists at the root of the virtual host', async () => {
    const seen: string[] = [];
    await using proxy = await connectProxy((request, response) => {
      seen.push(`${request.headers.host}${request.url}`);
      response.end('<ListBucketResult></ListBucketResult>');
    });
    const clients = valueOf(create({ HTTPS_PROXY: proxy.url }));
    expect(valueOf(await clients.objectStore('b').list('p/', { signal }))).toEqual({
      objects: [],
      complete: true,
    });
    expect(seen).toEqual(['b.s3.eu-west-1.amazonaws.com/?encoding-type=url&list-type=2&prefix=p%2F']);
    clients.close();
  });

  it('expects the account of the instance to own a bucket, unless told another', async () => {
    const owners: unknown[] = [];
    await using proxy = await connectProxy((request, response) => {
      owners.push(request.headers['x-amz-expected-bucket-owner']);
      response.writeHead(200, { etag: '"e"' }).end();
    });
    const clients = valueOf(create({ HTTPS_PROXY: proxy.url }));
    await clients.objectStore('b').get('k', { maxBytes: 1, signal });
    await clients.objectStore('b', '999999999999').get('k', { maxBytes: 1, signal });
    expect(owners).toEqual(['111122223333', '999999999999']);
    clients.close();
  });

  it.each([
    ['LF_ENDPOINT_FOREIGN', { AWS_ENDPOINT_URL_S3: 'https://s3.us-east-1.amazonaws.com' }],
    ['LF_ENDPOINT_FOREIGN', { AWS_ENDPOINT_URL_EC2: 'https://ec2.us-east-1.amazonaws.com' }],
    ['LF_ENDPOINT_FOREIGN', { AWS_ENDPOINT_URL_CLOUDWATCH: 'https://monitoring.us-east-1.amazonaws.com' }],
    ['LF_ENDPOINT_FOREIGN', { AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: 'https://logs.us-east-1.amazonaws.com' }],
    ['LF_ENDPOINT_FOREIGN', { AWS_ENDPOINT_URL_SSM: 'https://ssm.us-east-1.amazonaws.com' }],
    ['LF_ENDPOINT_FOREIGN', { AWS_ENDPOINT_URL_SECRETS_MANAGER: 'https://vpce-1.sm.us-east-1.vpce.x' }],
    ['LF_ENDPOINT_FOREIGN', { AWS_ENDPOINT_URL_AUTO_SCALING: 'https://autoscaling.us-east-1.amazonaws.com' }],
    ['LF_ENDPOINT_FOREIGN', { AWS_ENDPOINT_URL_CLOUDFORMATION: 'https://cloudformation.us-east-1.x' }],
    ['LF_SETTINGS', { AWS_ENDPOINT_URL: 'not an address' }],
    ['LF_SETTINGS', { HTTPS_PROXY: 'not an address' }],
  ])('fails with %s before any call for %j', (code, env) => {
    expect(create(env)).toMatchObject({ kind: 'fail', fault: { code } });
  });

  it('calls the other services at their hosts of this region', async () => {
    const seen: unknown[] = [];
    await using proxy = await connectProxy((request, response) => {
      seen.push(request.headers.host);
      response.end('{}');
    });
    const clients = valueOf(create({ HTTPS_PROXY: proxy.url }));
    expect(await clients.aws.json('cloudwatch', 'V1.Do', {}, { signal })).toMatchObject({ kind: 'ok' });
    expect(await clients.aws.query('autoscaling', 'Do', {}, { signal })).toMatchObject({ kind: 'failed' });
    expect(seen).toEqual(['monitoring.eu-west-1.amazonaws.com', 'autoscaling.eu-west-1.amazonaws.com']);
    clients.close();
  });

  it('tunnels to the FIPS hosts of this region, the bucket in front, where the environment asks for them', async () => {
    await using proxy = await connectProxy((_, response) => void response.end());
    const clients = valueOf(create({ HTTPS_PROXY: proxy.url, AWS_USE_FIPS_ENDPOINT: 'true' }));
    await clients.objectStore('b').get('k', { maxBytes: 1, signal });
    await clients.aws.json('ssm', 'V1.Do', {}, { signal });
    expect(proxy.tunnels).toEqual([
      'b.s3-fips.eu-west-1.amazonaws.com:443',
      'ssm-fips.eu-west-1.amazonaws.com:443',
    ]);
    clients.close();
  });

  it('makes no call without credentials', async () => {
    await using proxy = await connectProxy((_, response) => void response.end());
    const clients = valueOf(create({ HTTPS_PROXY: proxy.url, AWS_ACCESS_KEY_ID: '' }));
    expect(await clients.objectStore('b').get('k', { maxBytes: 1, signal })).toMatchObject({
      kind: 'fail',
      fault: { code: 'LF_CREDENTIALS' },
    });
    expect(proxy.tunnels).toEqual([]);
    clients.close();
  });
});

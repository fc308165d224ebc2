import { hostileImage } from '../support/hostile-image.ts';
import { DescribeTagsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it, vi } from 'vitest';
import { resolveEndpoint, type OperatorService } from '#agent/aws/endpoint.ts';
import { pinnedClientConfig, pinnedS3Config, type ClientParts } from '#scripts/ops/site/client-config.ts';
import { CERTIFICATE, connectProxy } from '../support/connect-proxy.ts';
import { loopbackServer } from '../support/loopback-server.ts';
import { agentsOf, documentationKeys, LIMITS, PIN, valueOf } from '../support/pinned.ts';

const EMPTY_TAGS = '<DescribeTagsResponse><tagSet/></DescribeTagsResponse>';

function parts(endpoint: ClientParts['endpoint'], env: Record<string, string> = {}): ClientParts {
  const agents = agentsOf(env, CERTIFICATE);
  return { pin: PIN, endpoint, credentials: documentationKeys(), agents, limits: LIMITS };
}

function overriddenAt(url: URL): ClientParts {
  return parts({ url, overridden: true });
}

describe('pinnedClientConfig', () => {
  it('holds on an image whose files and variables name another region, and opens none of them', async () => {
    using image = hostileImage();
    await using server = await loopbackServer((request, response) => {
      if (request.method === 'POST') response.end(EMPTY_TAGS);
      else response.writeHead(200, { etag: '"e"' }).end('x');
    });
    await new EC2Client(pinnedClientConfig(overriddenAt(server.url))).send(new DescribeTagsCommand({}));
    await new S3Client(pinnedS3Config(overriddenAt(server.url))).send(
      new GetObjectCommand({ Bucket: 'b', Key: 'k' }),
    );
    expect(server.seen).toHaveLength(2);
    for (const { headers } of server.seen) expect(headers.authorization).toContain('/eu-west-1/');
    expect(server.seen[1]?.url).toMatch(/^\/b\/k\b/);
    expect(image.opened()).toEqual([]);
  });

  it('would notice: a client with only a region opens them', async () => {
    using image = hostileImage();
    await using server = await loopbackServer((_, response) => void response.end(EMPTY_TAGS));
    const client = new EC2Client({ region: 'eu-west-1', endpoint: server.url.href });
    await client.send(new DescribeTagsCommand({})).catch(() => {});
    expect(image.opened()).not.toEqual([]);
  });

  it('reaches the regional host when nothing is overridden', async () => {
    await using proxy = await connectProxy((_, response) => void response.end(EMPTY_TAGS));
    const endpoint = { url: new URL('https://ec2.eu-west-1.amazonaws.com'), overridden: false };
    const client = new EC2Client(pinnedClientConfig(parts(endpoint, { HTTPS_PROXY: proxy.url })));
    await client.send(new DescribeTagsCommand({}));
    expect(proxy.tunnels).toEqual(['ec2.eu-west-1.amazonaws.com:443']);
  });

  it('reaches the FIPS and dual-stack hosts that were resolved, whatever the client makes of the variables', async () => {
    vi.stubEnv('AWS_USE_FIPS_ENDPOINT', 'true');
    vi.stubEnv('AWS_USE_DUALSTACK_ENDPOINT', 'true');
    await using proxy = await connectProxy((_request, response) => void response.end());
    const at = (service: OperatorService): ClientParts =>
      parts(valueOf(resolveEndpoint(service, PIN, process.env, () => [])), { HTTPS_PROXY: proxy.url });
    await new EC2Client(pinnedClientConfig(at('ec2'))).send(new DescribeTagsCommand({})).catch(() => {});
    const s3 = new S3Client(pinnedS3Config(at('s3')));
    await s3.send(new GetObjectCommand({ Bucket: 'config', Key: 'k' })).catch(() => {});
    expect([...new Set(proxy.tunnels)]).toEqual([
      'ec2-fips.eu-west-1.api.aws:443',
      'config.s3-fips.dualstack.eu-west-1.amazonaws.com:443',
    ]);
    vi.unstubAllEnvs();
  });

  it.each([
    ['the ARN of an access point elsewhere', 'arn:aws:s3:us-east-1:111122223333:accesspoint/a'],
    ['a multi-region access point', 'arn:aws:s3::111122223333:accesspoint/m.mrap'],
  ])('never sends a request for %s', async (_, bucket) => {
    await using proxy = await connectProxy((_request, response) => void response.end());
    const endpoint = { url: new URL('https://s3.eu-west-1.amazonaws.com'), overridden: false };
    const client = new S3Client(pinnedS3Config(parts(endpoint, { HTTPS_PROXY: proxy.url })));
    await expect(client.send(new GetObjectCommand({ Bucket: bucket, Key: 'k' }))).rejects.toThrow();
    expect(proxy.tunnels).toEqual([]);
  });

  it('does not follow S3 to the region it points at', async () => {
    await using server = await loopbackServer((_, response) => {
      response.writeHead(301, { 'x-amz-bucket-region': 'us-east-1' });
      response.end('<Error><Code>PermanentRedirect</Code><Endpoint>b.s3.amazonaws.com</Endpoint></Error>');
    });
    const client = new S3Client(pinnedS3Config(overriddenAt(server.url)));
    await expect(client.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }))).rejects.toMatchObject({
      name: 'PermanentRedirect',
    });
    expect(server.seen).toHaveLength(1);
  });

  it('stops a request that something in the client sent elsewhere', async () => {
    await using server = await loopbackServer((_, response) => void response.end(EMPTY_TAGS));
    const client = new EC2Client(pinnedClientConfig(overriddenAt(server.url)));
    client.middlewareStack.add(
      (next) => (args) => {
        Object.assign(args.request as object, {
          protocol: 'https:',
          hostname: 'ec2.us-east-1.amazonaws.com',
          port: 443,
        });
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    await expect(client.send(new DescribeTagsCommand({}))).rejects.toMatchObject({
      fault: { code: 'LF_REGION_CALL', subject: 'ec2.us-east-1.amazonaws.com' },
    });
    expect(server.seen).toHaveLength(0);
  });

  it('leaves the shared connections alone when a client is destroyed', async () => {
    const answer = Promise.withResolvers<void>();
    await using server = await loopbackServer((_, response) => {
      if (server.seen.length === 1) response.end(EMPTY_TAGS);
      else void answer.promise.then(() => response.end(EMPTY_TAGS));
    });
    const shared = overriddenAt(server.url);
    const done = new EC2Client(pinnedClientConfig(shared));
    await done.send(new DescribeTagsCommand({}));
    const busy = new EC2Client(pinnedClientConfig(shared)).send(new DescribeTagsCommand({}));
    await server.arrived(2);
    done.destroy();
    answer.resolve();
    await expect(busy).resolves.toMatchObject({ Tags: [] });
    expect(server.seen).toHaveLength(2);
  });
});

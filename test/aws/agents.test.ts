import net, { type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createConnectionPools } from '#agent/aws/connection-pools.ts';
import { createHostGuard } from '#agent/aws/host-guard.ts';
import { createTransport } from '#agent/aws/transport.ts';
import { systemClock } from '#kit/clock.ts';
import { CERTIFICATE, connectProxy } from '../support/connect-proxy.ts';
import { agentsOf, LIMITS, PIN } from '../support/pinned.ts';

const BUCKET = new URL('https://b.s3.eu-west-1.amazonaws.com');

async function fetchThrough(env: Record<string, string>, origin: URL, ca?: string) {
  const agents = agentsOf(env, ca);
  const guard = createHostGuard(PIN, [{ url: origin, overridden: true }]);
  const transport = createTransport({ agents, guard, limits: LIMITS, clock: systemClock });
  const { signal } = new AbortController();
  const result = await transport.send({ origin, path: '/k', headers: {}, maxBytes: 1024, signal });
  agents.close();
  return result;
}

describe('agents', () => {
  it.each(['HTTPS_PROXY', 'https_proxy'])(
    'tunnel TLS through %s, with the certificates of AWS_CA_BUNDLE',
    async (name) => {
      await using proxy = await connectProxy((request, response) => void response.end(request.headers.host));
      const result = await fetchThrough({ [name]: proxy.url }, BUCKET, CERTIFICATE);
      expect(result).toMatchObject({ status: 200, body: Buffer.from(BUCKET.host) });
      expect(proxy.tunnels).toEqual([`${BUCKET.host}:443`]);
    },
  );

  it('refuse a certificate that no authority signed', async () => {
    await using proxy = await connectProxy((_, response) => void response.end());
    expect(await fetchThrough({ HTTPS_PROXY: proxy.url }, BUCKET)).toMatchObject({
      kind: 'failure',
      reason: 'tls',
      detail: 'TLS failed (DEPTH_ZERO_SELF_SIGNED_CERT)',
    });
  });

  it('go to loopback without the proxy', async () => {
    await using proxy = await connectProxy((_, response) => void response.end());
    const result = await fetchThrough({ HTTPS_PROXY: proxy.url }, proxy.direct, CERTIFICATE);
    expect(result).toMatchObject({ status: 200 });
    expect(proxy.tunnels).toEqual([]);
  });

  it('go without the proxy to what NO_PROXY names', async () => {
    await using proxy = await connectProxy((_, response) => void response.end());
    const env = { HTTPS_PROXY: proxy.url, NO_PROXY: '.amazonaws.com' };
    // That the attempt was a direct one shows in what stops it: test/support/no-outside.ts.
    await expect(fetchThrough(env, BUCKET, CERTIFICATE)).rejects.toThrow('a test tried to');
    expect(proxy.tunnels).toEqual([]);
  });

  it('say that the proxy is not there', async () => {
    const result = await fetchThrough({ HTTPS_PROXY: 'http://127.0.0.1:9' }, BUCKET);
    expect(result).toMatchObject({ reason: 'refused' });
  });

  it('say that the proxy refused', async () => {
    const proxy = net.createServer((socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    expect(await fetchThrough({ HTTPS_PROXY: `http://127.0.0.1:${port}` }, BUCKET)).toMatchObject({
      reason: 'unreachable',
      detail: 'the proxy refused the tunnel (ERR_PROXY_TUNNEL)',
    });
    proxy.close();
  });

  it.each(['nonsense', 'socks5://127.0.0.1:1080'])('do not start with the proxy %s', (proxy) => {
    expect(createConnectionPools({ env: { HTTPS_PROXY: proxy } })).toMatchObject({
      kind: 'fail',
      fault: { code: 'LF_SETTINGS', subject: 'HTTPS_PROXY' },
    });
  });
});

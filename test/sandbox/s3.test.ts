import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sessionToken } from '../../scripts/sandbox/wire/caller.ts';
import { startSandbox } from '../../scripts/sandbox/sandbox.ts';
import type { Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ask, signedFor } from './wire.ts';

const clock = new FakeClock();
const signed = signedFor('s3', 'eu-west-1');
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ clock });
  sandbox.addBucket({ name: 'eu', region: 'eu-west-1', owner: '111122223333' });
  sandbox.putObject('eu', 'role/web/a.yaml', 'a: 1');
});
afterAll(() => sandbox.close());

describe('who asks', () => {
  it.each([
    ['no signature', {}, 403, 'AccessDenied'],
    [
      'no credential scope',
      { authorization: 'AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=00' },
      400,
      'AuthorizationHeaderMalformed',
    ],
    [
      'credentials that have expired',
      { ...signed, 'x-amz-security-token': sessionToken('i-1', clock.now()) },
      400,
      'ExpiredToken',
    ],
  ])('is refused with %s', async (_, headers, status, code) => {
    const reply = await ask(`${sandbox.url}/eu/role/web/a.yaml`, { headers });
    expect(reply.status).toBe(status);
    expect(reply.body).toContain(`<Code>${code}</Code>`);
  });

  it('is told the region of the bucket even when refused', async () => {
    const reply = await ask(`${sandbox.url}/eu/k`, { method: 'HEAD' });
    expect(reply).toMatchObject({ status: 403, body: '', headers: { 'x-amz-bucket-region': 'eu-west-1' } });
  });
});

describe('another region', () => {
  it.each(['GET', 'HEAD'])('%s is 301 with the region and no Location', async (method) => {
    const headers = signedFor('s3', 'us-east-1');
    const reply = await ask(`${sandbox.url}/eu/role/web/a.yaml`, { method, headers });
    expect(reply.status).toBe(301);
    expect(reply.headers['x-amz-bucket-region']).toBe('eu-west-1');
    expect(reply.headers.location).toBeUndefined();
    expect(reply.body.includes('<Code>PermanentRedirect</Code>')).toBe(method === 'GET');
  });

  it('names itself on HeadBucket and on listings', async () => {
    const listing = await ask(`${sandbox.url}/eu?list-type=2`, { headers: signed });
    const head = await ask(`${sandbox.url}/eu`, { method: 'HEAD', headers: signed });
    for (const reply of [listing, head]) {
      expect(reply).toMatchObject({ status: 200, headers: { 'x-amz-bucket-region': 'eu-west-1' } });
    }
  });
});

describe('the owner', () => {
  it.each([
    ['111122223333', 200],
    ['999999999999', 403],
    ['me', 400],
  ])('expected as %s is %i', async (owner, status) => {
    const headers = { ...signed, 'x-amz-expected-bucket-owner': owner };
    expect((await ask(`${sandbox.url}/eu/role/web/a.yaml`, { headers })).status).toBe(status);
  });
});

describe('a denied prefix', () => {
  it('is 403 for reading, writing and listing, and leaves the rest open', async () => {
    const bucket = sandbox.addBucket({ name: 'partly', region: 'eu-west-1' });
    bucket.denied.add('secret/');
    sandbox.putObject('partly', 'secret/a', '1');
    sandbox.putObject('partly', 'open/a', '1');
    const status = async (path: string, method = 'GET') =>
      (await ask(`${sandbox.url}/partly${path}`, { method, headers: signed })).status;
    expect(await status('/secret/a')).toBe(403);
    expect(await status('/secret/b', 'PUT')).toBe(403);
    expect(await status('?list-type=2&prefix=secret%2F')).toBe(403);
    expect(await status('/open/a')).toBe(200);
    expect(await status('?list-type=2&prefix=open%2F')).toBe(200);
  });
});

describe('virtual-host style', () => {
  it.each(['eu.s3.eu-west-1.amazonaws.com', 'eu.s3.localhost:1234', 'eu.localhost'])(
    '%s is bucket eu',
    async (host) => {
      const reply = await ask(`${sandbox.url}/role/web/a.yaml`, { headers: { ...signed, host } });
      expect(reply.body).toBe('a: 1');
      expect(sandbox.requests.entries.at(-1)).toMatchObject({ path: '/eu/role/web/a.yaml', host });
    },
  );

  it.each(['s3.eu-west-1.amazonaws.com', '127.0.0.1', 'localhost'])('%s is path style', async (host) => {
    const reply = await ask(`${sandbox.url}/eu/role/web/a.yaml`, { headers: { ...signed, host } });
    expect(reply.body).toBe('a: 1');
  });
});

describe('what is not implemented', () => {
  it.each(['?acl', '?uploads', '?versions'])('%s is 501, never taken for a plain request', async (query) => {
    const reply = await ask(`${sandbox.url}/eu/role/web/a.yaml${query}`, { headers: signed });
    expect(reply.status).toBe(501);
  });

  it('If-None-Match of a PUT knows only *', async () => {
    const headers = { ...signed, 'if-none-match': '"x"' };
    expect((await ask(`${sandbox.url}/eu/new`, { method: 'PUT', headers, body: 'x' })).status).toBe(501);
  });
});

describe('a body', () => {
  it('must have the SHA-256 that was signed', async () => {
    const headers = { ...signed, 'x-amz-content-sha256': '0'.repeat(64) };
    const reply = await ask(`${sandbox.url}/eu/new`, { method: 'PUT', headers, body: 'x' });
    expect(reply).toMatchObject({ status: 400 });
    expect(reply.body).toContain('XAmzContentSHA256Mismatch');
    expect(sandbox.getObject('eu', 'new')).toBeUndefined();
  });

  it.each([
    ['cut short', '5\r\nhel', 'IncompleteBody'],
    ['without the trailer it announced', '5\r\nhello\r\n0\r\n\r\n', 'MalformedTrailerError'],
    [
      'with a trailer that does not fit',
      '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n',
      'BadDigest',
    ],
    ['of another length', '4\r\nhell\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n', 'IncompleteBody'],
  ])('in chunks is refused %s', async (_, body, code) => {
    const headers = {
      ...signed,
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': '5',
      'x-amz-trailer': 'x-amz-checksum-crc32',
    };
    const reply = await ask(`${sandbox.url}/eu/new`, { method: 'PUT', headers, body });
    expect(reply.status).toBe(400);
    expect(reply.body).toContain(`<Code>${code}</Code>`);
  });
});

it('listings turn away a continuation token they did not give', async () => {
  const reply = await ask(`${sandbox.url}/eu?list-type=2&continuation-token=abc`, { headers: signed });
  expect(reply.status).toBe(400);
});

it('creating a bucket outside us-east-1 needs its constraint', async () => {
  const reply = await ask(`${sandbox.url}/fresh`, { method: 'PUT', headers: signed });
  expect(reply.body).toContain('<Code>IllegalLocationConstraintException</Code>');
});

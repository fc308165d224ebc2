import { describe, expect, it } from 'vitest';
import { escapeKey, renderQuery, signRequest } from '#agent/aws/signer.ts';

// Amazon S3 API reference, "Authenticating Requests: Using the Authorization Header", Examples: Signature Calculations.
const KEYS = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const AT = new Date('2013-05-24T00:00:00Z');
const HOST = 'examplebucket.s3.amazonaws.com';

describe('signRequest', () => {
  it('gives the signature AWS prints for GET Object', async () => {
    const get = {
      method: 'GET' as const,
      host: HOST,
      path: '/test.txt',
      query: {},
      headers: { range: 'bytes=0-9' },
    };
    const headers = await signRequest('s3', get, KEYS, 'us-east-1', AT);
    expect(headers['authorization']).toBe(
      'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, ' +
        'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, ' +
        'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    );
  });

  it('gives the signature AWS prints for GET Bucket (List Objects)', async () => {
    const get = {
      method: 'GET' as const,
      host: HOST,
      path: '/',
      query: { 'max-keys': '2', prefix: 'J' },
      headers: {},
    };
    const headers = await signRequest('s3', get, KEYS, 'us-east-1', AT);
    expect(headers['authorization']).toContain(
      'Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    );
  });

  it('signs the hash of the body AWS prints for PUT Object', async () => {
    const path = '/test%24file.text';
    const body = Buffer.from('Welcome to Amazon S3.');
    const put = { method: 'PUT' as const, host: HOST, path, query: {}, headers: {}, body };
    const headers = await signRequest('s3', put, KEYS, 'us-east-1', AT);
    expect(headers['x-amz-content-sha256']).toBe(
      '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
    );
    expect(headers['authorization']).toContain('SignedHeaders=host;x-amz-content-sha256;x-amz-date');
  });

  it('signs the session token and every header of its own', async () => {
    const get = {
      method: 'GET' as const,
      host: HOST,
      path: '/k',
      query: {},
      headers: { 'x-amz-expected-bucket-owner': '111122223333' },
    };
    const headers = await signRequest('s3', get, { ...KEYS, sessionToken: 'tok' }, 'us-east-1', AT);
    expect(headers['x-amz-security-token']).toBe('tok');
    expect(headers['authorization']).toContain(
      'SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-expected-bucket-owner;x-amz-security-token',
    );
  });
});

describe('escapeKey', () => {
  it.each([
    ['role/web/app.properties', 'role/web/app.properties'],
    ['a b+c%d', 'a%20b%2Bc%25d'],
    ["it's(!)*", 'it%27s%28%21%29%2A'],
    ['~-_.', '~-_.'],
    ['café/日', 'caf%C3%A9/%E6%97%A5'],
    ['//a/../b', '//a/../b'],
  ])('escapes %s', (key, escaped) => {
    expect(escapeKey(key)).toBe(escaped);
  });
});

describe('renderQuery', () => {
  it('renders what was signed: sorted, escaped, slashes too', () => {
    expect(renderQuery({ prefix: 'a/b c', 'list-type': '2' })).toBe('list-type=2&prefix=a%2Fb%20c');
    expect(renderQuery({})).toBe('');
  });
});

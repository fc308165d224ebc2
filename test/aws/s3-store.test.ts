import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { loopbackServer } from '../support/loopback-server.ts';
import { storeAt, valueOf } from '../support/pinned.ts';

const { signal } = new AbortController();
const OPTIONS = { maxBytes: 1024, signal };

describe('s3 store', () => {
  it('reads an object, addressed path-style at an override, owner and checksum asked for', async () => {
    await using server = await loopbackServer((_, response) => {
      const sha256 = createHash('sha256').update('a=1').digest('base64');
      response.writeHead(200, { etag: '"e1"', 'x-amz-checksum-sha256': sha256 }).end('a=1');
    });
    const store = storeAt(server.url);
    const found = valueOf(await store.get('base/it is.properties', OPTIONS));
    expect(found).toEqual({ kind: 'found', bytes: Buffer.from('a=1'), etag: '"e1"' });
    expect(store.address).toBe('s3://b');
    expect(server.seen[0]).toMatchObject({
      method: 'GET',
      url: '/b/base/it%20is.properties',
      headers: {
        host: server.url.host,
        'x-amz-expected-bucket-owner': '111122223333',
        'x-amz-checksum-mode': 'ENABLED',
        'x-amz-security-token': 'session',
        authorization: expect.stringMatching(/Credential=AKIA\w+\/\d{8}\/eu-west-1\/s3\/aws4_request/),
      },
    });
    expect(server.seen[0]?.headers).not.toHaveProperty('if-none-match');
  });

  it('says unchanged for 304, to the entity tag it was given', async () => {
    await using server = await loopbackServer((_, response) => void response.writeHead(304).end());
    const result = await storeAt(server.url).get('k', { ...OPTIONS, ifNoneMatch: '"e1"' });
    expect(valueOf(result)).toEqual({ kind: 'unchanged' });
    expect(server.seen[0]?.headers['if-none-match']).toBe('"e1"');
  });

  it('says absent for NoSuchKey', async () => {
    await using server = await loopbackServer((_, response) => {
      response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
    });
    expect(valueOf(await storeAt(server.url).get('k', OPTIONS))).toEqual({ kind: 'absent' });
  });

  it('gives an empty object as one, since that is another state than absent', async () => {
    await using server = await loopbackServer((_, response) => {
      response.writeHead(200, { etag: '"e"', 'content-length': '0' }).end();
    });
    expect(valueOf(await storeAt(server.url).get('k', OPTIONS))).toMatchObject({
      kind: 'found',
      bytes: Buffer.of(),
    });
  });

  it('accepts a right crc32 and ignores checksums that are not of the bytes', async () => {
    await using server = await loopbackServer((request, response) => {
      const headers =
        request.url === '/b/crc'
          ? { 'x-amz-checksum-crc32': 'y/Q5Jg==', 'x-amz-checksum-type': 'FULL_OBJECT' } // CRC-32 check value cbf43926
          : { 'x-amz-checksum-sha256': 'AAAA-2', 'x-amz-checksum-type': 'COMPOSITE' };
      response.writeHead(200, { etag: '"e"', ...headers }).end('123456789');
    });
    const store = storeAt(server.url);
    expect(await store.get('crc', OPTIONS)).toMatchObject({ kind: 'ok' });
    expect(await store.get('multipart', OPTIONS)).toMatchObject({ kind: 'ok' });
  });

  it('keeps the path of an override in front of the bucket', async () => {
    await using server = await loopbackServer((_, response) => void response.writeHead(304).end());
    await storeAt(new URL('/aws/', server.url)).get('k', { ...OPTIONS, ifNoneMatch: '"e"' });
    expect(server.seen[0]?.url).toBe('/aws/b/k');
  });
});

describe('listing of the s3 store', () => {
  it('follows all pages and sorts by code unit', async () => {
    const pages = [
      '<IsTruncated>true</IsTruncated><NextContinuationToken>t 1/=</NextContinuationToken>' +
        item('p/%EF%BC%A1') +
        item('p/b'),
      '<IsTruncated>false</IsTruncated>' + item('p/%F0%9F%98%80') + item('p/a'),
    ];
    await using server = await loopbackServer((request, response) => {
      const second = request.url?.includes('continuation-token');
      response.end(
        `<ListBucketResult><EncodingType>url</EncodingType>${pages[second ? 1 : 0]}</ListBucketResult>`,
      );
    });
    const { objects, complete } = valueOf(await storeAt(server.url).list('p/', { signal }));
    expect(complete).toBe(true);
    expect(objects.map(({ key }) => key)).toEqual(['p/a', 'p/b', 'p/😀', 'p/Ａ']);
    expect(server.seen.map(({ url }) => url)).toEqual([
      '/b?encoding-type=url&list-type=2&prefix=p%2F',
      '/b?continuation-token=t%201%2F%3D&encoding-type=url&list-type=2&prefix=p%2F',
    ]);
    expect(server.seen[1]?.headers['x-amz-expected-bucket-owner']).toBe('111122223333');
  });

  it('is empty for an absent prefix', async () => {
    await using server = await loopbackServer((_, response) => {
      response.end('<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>');
    });
    expect(valueOf(await storeAt(server.url).list('p/', { signal }))).toEqual({
      objects: [],
      complete: true,
    });
  });

  it('asks once for as many as wanted, and says whether that was all', async () => {
    await using server = await loopbackServer((_, response) => {
      response.end(
        `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>${item('p/a')}</ListBucketResult>`,
      );
    });
    const listing = valueOf(await storeAt(server.url).list('p/', { signal, atMost: 1 }));
    expect(listing).toMatchObject({ objects: [{ key: 'p/a' }], complete: false });
    expect(server.seen.map(({ url }) => url)).toEqual([
      '/b?encoding-type=url&list-type=2&max-keys=1&prefix=p%2F',
    ]);
  });

  it('stops at a hundred pages', async () => {
    let page = 0;
    await using server = await loopbackServer(
      (_, response) => void response.end(more('', `t${(page += 1)}`)),
    );
    expect(await storeAt(server.url).list('', { signal })).toMatchObject(TOO_LARGE);
    expect(server.seen).toHaveLength(100);
  });

  it('stops at a hundred thousand keys, however few pages they come in', async () => {
    let page = 0;
    const keys = item('k').repeat(20_000);
    await using server = await loopbackServer((_, response) => {
      response.end(more(keys, `t${(page += 1)}`));
    });
    expect(await storeAt(server.url).list('', { signal })).toMatchObject(TOO_LARGE);
    expect(server.seen).toHaveLength(6);
  });

  it('stops at 64 MiB, however few keys are in them', async () => {
    let page = 0;
    const padding = ' '.repeat(7 * 1024 * 1024);
    await using server = await loopbackServer((_, response) => {
      response.end(more(padding, `t${(page += 1)}`));
    });
    expect(await storeAt(server.url).list('', { signal })).toMatchObject(TOO_LARGE);
    expect(server.seen).toHaveLength(10);
  });

  it('does not turn to the page it is on', async () => {
    await using server = await loopbackServer((_, response) => void response.end(more('', 't')));
    expect(await storeAt(server.url).list('', { signal })).toMatchObject({
      kind: 'retry',
      fault: { code: 'LF_SOURCE_MALFORMED', cause: 'the next page is this page again' },
    });
    expect(server.seen).toHaveLength(2);
  });
});

const TOO_LARGE = { kind: 'fail', fault: { code: 'LF_OBJECT_TOO_LARGE', operation: 'list' } };

function more(inner: string, token: string): string {
  return `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>${token}</NextContinuationToken>${inner}</ListBucketResult>`;
}

function item(key: string): string {
  return `<Contents><Key>${key}</Key><Size>1</Size><ETag>&quot;e&quot;</ETag></Contents>`;
}

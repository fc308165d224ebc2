import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loopbackServer } from '../support/loopback-server.ts';
import { storeAt } from '../support/pinned.ts';

const { signal } = new AbortController();

async function get(key: string, body: string | Uint8Array, headers: Record<string, string>) {
  await using server = await loopbackServer((_, response) => {
    response.writeHead(200, { etag: '"e"', ...headers }).end(body);
  });
  return await storeAt(server.url).get(key, { maxBytes: 1024, signal });
}

function found(text: string | Uint8Array) {
  return { kind: 'ok', value: { kind: 'found', bytes: Buffer.from(text), etag: '"e"' } };
}

describe('an object that is stored packed', () => {
  const packed = gzipSync('a=1\n');

  it.each(['gzip', 'x-gzip', 'aws-chunked,gzip', 'GZIP , aws-chunked'])(
    'is unpacked when it says Content-Encoding: %s',
    async (coding) => {
      expect(await get('base/a.properties', packed, { 'content-encoding': coding })).toEqual(found('a=1\n'));
    },
  );

  it('is checked before, against the checksum of what is stored', async () => {
    const headers = { 'content-encoding': 'gzip', 'x-amz-checksum-crc32': 'AAAAAA==' };
    expect(await get('base/a.properties', packed, headers)).toMatchObject({
      fault: { code: 'LF_DIGEST_MISMATCH' },
    });
  });

  it('stays as it is when its name says that it is packed, or when nothing says so', async () => {
    expect(await get('base/files/a.tgz', packed, { 'content-encoding': 'gzip' })).toEqual(found(packed));
    expect(await get('base/a.properties', packed, {})).toEqual(found(packed));
  });

  it.each(['utf-8', 'aws-chunked', 'identity', 'gzip'])(
    'is none when it is text that claims %s',
    async (coding) => {
      expect(await get('base/a.properties', 'a=1\n', { 'content-encoding': coding })).toEqual(found('a=1\n'));
    },
  );

  it('is refused when it would grow beyond what is allowed', async () => {
    const bomb = gzipSync(Buffer.alloc(100_000));
    expect(bomb.length).toBeLessThan(1024);
    expect(await get('base/a.properties', bomb, { 'content-encoding': 'gzip' })).toMatchObject({
      kind: 'fail',
      fault: { code: 'LF_OBJECT_TOO_LARGE', cause: 'it is gzip, and unpacked more than 1024 bytes' },
    });
  });

  it.each([
    ['gzip that is cut', packed.subarray(0, packed.length - 5), 'gzip'],
    ['brotli', brotliCompressSync('a=1\n'), 'br'],
    ['gzip in gzip', gzipSync(packed), 'gzip, gzip'],
  ])('is refused by its coding when it is %s', async (_, body, coding) => {
    expect(await get('base/a.properties', body, { 'content-encoding': coding })).toMatchObject({
      kind: 'retry',
      fault: {
        code: 'LF_SOURCE_MALFORMED',
        cause: expect.stringContaining(`Content-Encoding: ${coding}`),
        hint: expect.stringContaining('Upload it again'),
      },
    });
  });
});

describe('a web page in place of an object', () => {
  const page = '<!DOCTYPE html>\n<html><title>Sign in</title></html>';
  const html = { 'content-type': 'text/html; charset=utf-8' };
  const text = { 'content-type': 'binary/octet-stream' };

  it.each([
    ['properties', 'p/base/app.properties', page, html],
    ['properties of any type', 'p/base/app.yaml', page, text],
    ['the pointer', 'p/current.json', page, html],
    ['a template with another name', 'p/base/templates/nginx.conf', page, html],
    ['a page without a type', 'p/base/templates/nginx.conf', page, {}],
    ['a page behind comments', 'p/base/a.json', `\uFEFF <!-- a --> <!-- b -->\n<HTML lang="de">`, html],
    ['XHTML', 'p/base/a.json', '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">', html],
  ])('is no configuration: %s', async (_, key, body, headers) => {
    expect(await get(key, body, headers)).toMatchObject({
      kind: 'retry',
      fault: {
        code: 'LF_SOURCE_HTML',
        subject: `s3://b/${key}`,
        hint: expect.stringContaining('captive portal'),
      },
    });
  });

  it.each([
    ['a page that is called so', 'p/base/files/index.html', page, html],
    ['its template', 'p/base/templates/index.html.liquid', page, html],
    ['a template that is stored as what it is', 'p/base/templates/page.liquid', page, text],
    ['content of a release', `p/objects/base/${'0a'.repeat(32)}`, page, html],
    ['text that only mentions one', 'p/base/app.properties', 'motd=<html>\n', html],
    ['another element', 'p/base/app.properties', '<htmlish>=1\n', html],
  ])('is what was asked for when it is %s', async (_, key, body, headers) => {
    expect(await get(key, body, headers)).toEqual(found(body));
  });

  it('is no listing', async () => {
    await using server = await loopbackServer((_, response) => response.writeHead(200, html).end(page));
    expect(await storeAt(server.url).list('p/', { signal })).toMatchObject({
      kind: 'retry',
      fault: { code: 'LF_SOURCE_HTML', operation: 'list', subject: 's3://b/p/' },
    });
  });
});

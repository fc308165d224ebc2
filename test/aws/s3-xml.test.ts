import { describe, expect, it } from 'vitest';
import { readError, readListPage } from '#agent/aws/s3-xml.ts';

const NS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

function page(inner: string): Buffer {
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult ${NS}>${inner}</ListBucketResult>`,
  );
}

function contents(key: string, size = '3', etag = '&quot;e&quot;'): string {
  return `<Contents><Key>${key}</Key><LastModified>2026-01-01</LastModified><ETag>${etag}</ETag><Size>${size}</Size></Contents>`;
}

describe('readListPage', () => {
  it('reads keys, sizes and entity tags', () => {
    const body = page(`<IsTruncated>false</IsTruncated>${contents('a')}${contents('b', '0')}`);
    expect(readListPage(body)).toEqual({
      objects: [
        { key: 'a', size: 3, etag: '"e"', lastModified: Date.UTC(2026, 0, 1) },
        { key: 'b', size: 0, etag: '"e"', lastModified: Date.UTC(2026, 0, 1) },
      ],
      next: undefined,
    });
  });

  it('decodes keys that S3 encoded, form style, and no others', () => {
    const key = 'a+b%2Bc%26%E6%97%A5';
    const encoded = page(`<EncodingType>url</EncodingType>${contents(key)}`);
    expect(readListPage(encoded)).toMatchObject({ objects: [{ key: 'a b+c&日' }] });
    expect(readListPage(page(contents('a+b&amp;&#x65e5;&#26085;')))).toMatchObject({
      objects: [{ key: 'a+b&日日' }],
    });
  });

  it('does not decode an entity twice', () => {
    expect(readListPage(page(contents('&amp;lt;')))).toMatchObject({ objects: [{ key: '&lt;' }] });
  });

  it('hands on the token of the next page', () => {
    const body = page(
      '<IsTruncated>true</IsTruncated><NextContinuationToken>1/a&amp;b=</NextContinuationToken>',
    );
    expect(readListPage(body)).toEqual({ objects: [], next: '1/a&b=' });
  });

  it('is empty for a prefix that is not there', () => {
    expect(readListPage(page('<KeyCount>0</KeyCount>'))).toEqual({ objects: [], next: undefined });
  });

  it('calls a document without its end truncated, wherever it stops', () => {
    const whole = page(contents('a')).toString();
    const start = whole.indexOf('>', whole.indexOf('<ListBucketResult')) + 1;
    for (let end = start; end < whole.length; end += 1) {
      expect(readListPage(Buffer.from(whole.slice(0, end)))).toBe('truncated');
    }
  });

  it.each([
    ['nothing', ''],
    ['a web page', '<!doctype html><html><body>Sign in</body></html>'],
    ['an error document', '<Error><Code>InternalError</Code></Error>'],
    ['a listing inside of something', '<x><ListBucketResult></ListBucketResult></x>'],
    ['more pages without a token', page('<IsTruncated>true</IsTruncated>').toString()],
    ['an object without an ETag', page('<Contents><Key>a</Key><Size>1</Size></Contents>').toString()],
    ['an object without a size', page(contents('a', '')).toString()],
    ['a key that is no URL encoding', page(`<EncodingType>url</EncodingType>${contents('%zz')}`).toString()],
  ])('calls %s malformed', (_, text) => {
    expect(readListPage(Buffer.from(text))).toBe('malformed');
  });
});

describe('readError', () => {
  it('reads code, message and region', () => {
    const body =
      '<?xml version="1.0"?><Error><Code>A</Code><Message>b &lt;c&gt;</Message><Region>r</Region></Error>';
    expect(readError(Buffer.from(body))).toEqual({
      code: 'A',
      message: 'b <c>',
      region: 'r',
      storageClass: '',
    });
  });

  it.each(['', '<html><Code>NoSuchKey</Code></html>', '<Error><Code>NoSu', '\u0000\uFFFF'])(
    'reads nothing from %j',
    (text) => {
      expect(readError(Buffer.from(text))).toEqual({ code: '', message: '', region: '', storageClass: '' });
    },
  );
});

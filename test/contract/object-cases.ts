import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { failureOf } from './backend.ts';
import type { Backend, ContractCase } from './backend.ts';

const REGION = 'eu-west-1';
const HELLO_MD5 = '"5d41402abc4b2a76b9719d911017c592"';

async function stored(backend: Backend, Key = 'k') {
  const s3 = backend.s3(REGION);
  const Bucket = await backend.bucket(REGION);
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }));
  return { s3, at: { Bucket, Key } };
}

export const OBJECT_CASES: readonly ContractCase[] = [
  {
    name: 'an object reads back with its bytes, MD5 ETag, type and metadata',
    async run(backend) {
      const s3 = backend.s3(REGION);
      const at = { Bucket: await backend.bucket(REGION), Key: 'k' };
      const put = await s3.send(
        new PutObjectCommand({ ...at, Body: 'hello', ContentType: 'text/plain', Metadata: { by: 'me' } }),
      );
      const got = await s3.send(new GetObjectCommand(at));
      expect(put.ETag).toBe(HELLO_MD5);
      expect(await got.Body?.transformToString()).toBe('hello');
      expect(got).toMatchObject({
        ETag: HELLO_MD5,
        ContentType: 'text/plain',
        ContentLength: 5,
        Metadata: { by: 'me' },
      });
      expect(await s3.send(new HeadObjectCommand(at))).toMatchObject({ ETag: HELLO_MD5, ContentLength: 5 });
    },
  },
  {
    name: 'keys are any UTF-8: spaces, plus, percent, dots, slashes, beyond the BMP',
    async run(backend) {
      for (const key of ['a b+c%25/../é?#', 'dir//x', '日本/😀.yaml', 'quote\'&<>"']) {
        const { s3, at } = await stored(backend, key);
        const got = await s3.send(new GetObjectCommand(at));
        expect(await got.Body?.transformToString(), key).toBe('hello');
      }
    },
  },
  {
    name: 'GET and HEAD with the current ETag in If-None-Match are 304, with another they are 200',
    async run(backend) {
      const { s3, at } = await stored(backend);
      expect((await failureOf(s3.send(new GetObjectCommand({ ...at, IfNoneMatch: HELLO_MD5 })))).status).toBe(
        304,
      );
      expect(
        (await failureOf(s3.send(new HeadObjectCommand({ ...at, IfNoneMatch: HELLO_MD5 })))).status,
      ).toBe(304);
      const other = await s3.send(new GetObjectCommand({ ...at, IfNoneMatch: '"0"' }));
      expect(other.$metadata.httpStatusCode).toBe(200);
    },
  },
  {
    name: 'GET with If-Match is 412 unless it names the current ETag',
    async run(backend) {
      const { s3, at } = await stored(backend);
      expect((await failureOf(s3.send(new GetObjectCommand({ ...at, IfMatch: '"0"' })))).status).toBe(412);
      expect((await s3.send(new GetObjectCommand({ ...at, IfMatch: HELLO_MD5 }))).ETag).toBe(HELLO_MD5);
    },
  },
  {
    name: 'PUT with If-None-Match: * creates once, then 412 and the object stays',
    async run(backend) {
      const { s3, at } = await stored(backend);
      await s3.send(new PutObjectCommand({ ...at, Key: 'new', Body: 'x', IfNoneMatch: '*' }));
      const again = failureOf(s3.send(new PutObjectCommand({ ...at, Body: 'other', IfNoneMatch: '*' })));
      expect(await again).toMatchObject({ name: 'PreconditionFailed', status: 412 });
      expect((await s3.send(new HeadObjectCommand(at))).ETag).toBe(HELLO_MD5);
    },
  },
  {
    name: 'PUT with If-Match swaps the object it names, is 412 for another and 404 for none',
    async run(backend) {
      const { s3, at } = await stored(backend);
      const swapped = await s3.send(new PutObjectCommand({ ...at, Body: 'two', IfMatch: HELLO_MD5 }));
      const stale = failureOf(s3.send(new PutObjectCommand({ ...at, Body: 'three', IfMatch: HELLO_MD5 })));
      expect(await stale).toMatchObject({ name: 'PreconditionFailed', status: 412 });
      const absent = failureOf(
        s3.send(new PutObjectCommand({ ...at, Key: 'no', Body: 'x', IfMatch: HELLO_MD5 })),
      );
      expect((await absent).status).toBe(404);
      expect((await s3.send(new HeadObjectCommand(at))).ETag).toBe(swapped.ETag);
    },
  },
  {
    name: 'a missing key is NoSuchKey, a missing bucket NoSuchBucket, both 404',
    async run(backend) {
      const { s3, at } = await stored(backend);
      const noKey = failureOf(s3.send(new GetObjectCommand({ ...at, Key: 'no' })));
      expect(await noKey).toMatchObject({ name: 'NoSuchKey', status: 404 });
      const noBucket = failureOf(s3.send(new GetObjectCommand({ Bucket: 'no-such-bucket-here', Key: 'k' })));
      expect(await noBucket).toMatchObject({ name: 'NoSuchBucket', status: 404 });
      expect((await failureOf(s3.send(new HeadObjectCommand({ ...at, Key: 'no' })))).status).toBe(404);
    },
  },
  {
    name: 'DELETE removes, and is 204 again when there is nothing left',
    async run(backend) {
      const { s3, at } = await stored(backend);
      for (let turn = 0; turn < 2; turn += 1) {
        expect((await s3.send(new DeleteObjectCommand(at))).$metadata.httpStatusCode).toBe(204);
      }
      expect((await failureOf(s3.send(new GetObjectCommand(at)))).name).toBe('NoSuchKey');
    },
  },
  {
    name: 'a range is 206 with its Content-Range',
    async run(backend) {
      const { s3, at } = await stored(backend);
      const got = await s3.send(new GetObjectCommand({ ...at, Range: 'bytes=1-3' }));
      expect(await got.Body?.transformToString()).toBe('ell');
      expect(got).toMatchObject({ ContentRange: 'bytes 1-3/5', $metadata: { httpStatusCode: 206 } });
    },
  },
  {
    name: 'a streamed body with a trailing checksum (aws-chunked) is stored without its framing',
    async run(backend) {
      const { s3, at } = await stored(backend);
      const Body = Readable.from([Buffer.from('stre'), Buffer.from('amed')]);
      await s3.send(new PutObjectCommand({ ...at, Body, ContentLength: 8 }));
      const got = await s3.send(new GetObjectCommand(at));
      expect(await got.Body?.transformToString()).toBe('streamed');
      expect(got.ContentEncoding).toBeUndefined();
    },
  },
];

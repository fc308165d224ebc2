import { ListObjectsV2Command, paginateListObjectsV2, PutObjectCommand } from '@aws-sdk/client-s3';
import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { failureOf } from './backend.ts';
import type { Backend, ContractCase } from './backend.ts';

const REGION = 'eu-west-1';

async function bucketOf(backend: Backend, keys: readonly string[]) {
  const s3 = backend.s3(REGION);
  const Bucket = await backend.bucket(REGION);
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  return { s3, Bucket };
}

function keysOf(page: ListObjectsV2CommandOutput): readonly (string | undefined)[] {
  return (page.Contents ?? []).map((object) => object.Key);
}

export const LISTING_CASES: readonly ContractCase[] = [
  {
    name: 'lists what has the prefix, in order, with size and ETag; nothing is an empty list',
    async run(backend) {
      const { s3, Bucket } = await bucketOf(backend, ['p/b', 'p/a', 'q/c', 'p']);
      const page = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'p/' }));
      expect(keysOf(page)).toEqual(['p/a', 'p/b']);
      expect(page).toMatchObject({ KeyCount: 2, IsTruncated: false, Contents: [{ Size: 3 }, { Size: 3 }] });
      expect(page.Contents?.[0]?.ETag).toMatch(/^"[0-9a-f]{32}"$/);
      const none = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'nothing/' }));
      expect(none).toMatchObject({ KeyCount: 0, IsTruncated: false });
    },
  },
  {
    name: 'a delimiter folds keys into common prefixes, each once',
    async run(backend) {
      const { s3, Bucket } = await bucketOf(backend, ['p/a/1', 'p/a/2', 'p/b', 'p/c/1']);
      const page = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'p/', Delimiter: '/' }));
      expect(keysOf(page)).toEqual(['p/b']);
      expect(page.CommonPrefixes).toEqual([{ Prefix: 'p/a/' }, { Prefix: 'p/c/' }]);
      expect(page.KeyCount).toBe(3);
    },
  },
  {
    name: 'pages by continuation token without losing or repeating a key',
    async run(backend) {
      const keys = Array.from({ length: 7 }, (_, at) => `k${at}`);
      const { s3, Bucket } = await bucketOf(backend, keys);
      const pages: (readonly (string | undefined)[])[] = [];
      for await (const page of paginateListObjectsV2({ client: s3, pageSize: 3 }, { Bucket }))
        pages.push(keysOf(page));
      expect(pages).toEqual([keys.slice(0, 3), keys.slice(3, 6), keys.slice(6)]);
    },
  },
  {
    name: 'pages with a delimiter do not repeat a common prefix that was on the page before',
    async run(backend) {
      const { s3, Bucket } = await bucketOf(backend, ['a/1', 'a/2', 'b', 'c/1']);
      const seen: (string | undefined)[] = [];
      for await (const page of paginateListObjectsV2(
        { client: s3, pageSize: 1 },
        { Bucket, Delimiter: '/' },
      )) {
        seen.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix), ...keysOf(page));
      }
      expect(seen).toEqual(['a/', 'b', 'c/']);
    },
  },
  {
    name: 'start-after begins behind a key that need not exist',
    async run(backend) {
      const { s3, Bucket } = await bucketOf(backend, ['a', 'c', 'd']);
      const page = await s3.send(new ListObjectsV2Command({ Bucket, StartAfter: 'b' }));
      expect(keysOf(page)).toEqual(['c', 'd']);
    },
  },
  {
    name: 'encoding-type=url encodes keys',
    async run(backend) {
      const { s3, Bucket } = await bucketOf(backend, ['a b/é+']);
      const page = await s3.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url' }));
      const shown = page.Contents?.[0]?.Key ?? '';
      expect(decodeURIComponent(shown.replaceAll('+', ' '))).toBe('a b/é+');
      expect(shown).not.toContain('é');
    },
  },
  {
    name: 'the order is that of UTF-8 bytes, not of UTF-16',
    async run(backend) {
      const { s3, Bucket } = await bucketOf(backend, ['😀', '\uFF5E', 'a']);
      expect(keysOf(await s3.send(new ListObjectsV2Command({ Bucket })))).toEqual(['a', '\uFF5E', '😀']);
    },
  },
  {
    name: 'listing a bucket that is not there is NoSuchBucket',
    async run(backend) {
      const call = backend.s3(REGION).send(new ListObjectsV2Command({ Bucket: 'no-such-bucket-here' }));
      expect(await failureOf(call)).toMatchObject({ name: 'NoSuchBucket', status: 404 });
    },
  },
];

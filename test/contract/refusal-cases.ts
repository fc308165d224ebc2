import { createHash } from 'node:crypto';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { failureOf } from './backend.ts';
import type { ContractCase } from './backend.ts';

const REGION = 'eu-west-1';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');

/** Where AWS says no. Most of what moto lets pass is here: the reason that the sandbox exists. */
export const REFUSAL_CASES: readonly ContractCase[] = [
  {
    name: 'a checksum that was put comes back when asked for',
    async run(backend) {
      const s3 = backend.s3(REGION);
      const at = { Bucket: await backend.bucket(REGION), Key: 'k' };
      await s3.send(new PutObjectCommand({ ...at, Body: 'hello', ChecksumAlgorithm: 'SHA256' }));
      const got = await s3.send(new GetObjectCommand({ ...at, ChecksumMode: 'ENABLED' }));
      expect(got.ChecksumSHA256).toBe(sha256('hello'));
    },
  },
  {
    name: 'a wrong checksum refuses the PUT',
    async run(backend) {
      const s3 = backend.s3(REGION);
      const at = { Bucket: await backend.bucket(REGION), Key: 'k' };
      const put = new PutObjectCommand({ ...at, Body: 'hello', ChecksumSHA256: sha256('other') });
      expect(await failureOf(s3.send(put))).toMatchObject({ name: 'BadDigest', status: 400 });
      expect((await failureOf(s3.send(new HeadObjectCommand(at)))).status).toBe(404);
    },
  },
  {
    name: 'a wrong Content-MD5 refuses the PUT',
    async run(backend) {
      const at = { Bucket: await backend.bucket(REGION), Key: 'k' };
      const ContentMD5 = createHash('md5').update('other').digest('base64');
      const put = backend.s3(REGION).send(new PutObjectCommand({ ...at, Body: 'hello', ContentMD5 }));
      expect(await failureOf(put)).toMatchObject({ name: 'BadDigest', status: 400 });
    },
  },
  {
    name: 'an expected bucket owner that is not the owner is 403 for every operation',
    async run(backend) {
      const s3 = backend.s3(REGION);
      const at = { Bucket: await backend.bucket(REGION), ExpectedBucketOwner: '999999999999' };
      const denied = { name: 'AccessDenied', status: 403 };
      const put = new PutObjectCommand({ ...at, Key: 'k', Body: 'x' });
      expect(await failureOf(s3.send(put))).toMatchObject(denied);
      expect(await failureOf(s3.send(new GetObjectCommand({ ...at, Key: 'k' })))).toMatchObject(denied);
      expect(await failureOf(s3.send(new ListObjectsV2Command(at)))).toMatchObject(denied);
    },
  },
  {
    name: 'a request signed for another region is 301 and names the region of the bucket',
    async run(backend) {
      const Bucket = await backend.bucket(REGION);
      const elsewhere = backend.s3('us-east-1');
      const got = failureOf(elsewhere.send(new GetObjectCommand({ Bucket, Key: 'k' })));
      expect(await got).toEqual({ name: 'PermanentRedirect', status: 301, bucketRegion: REGION });
      const head = failureOf(elsewhere.send(new HeadObjectCommand({ Bucket, Key: 'k' })));
      expect(await head).toMatchObject({ status: 301, bucketRegion: REGION });
    },
  },
  {
    name: 'an unsigned request is 403',
    async run(backend) {
      const Bucket = await backend.bucket(REGION);
      const response = await fetch(`${backend.url}/${Bucket}/k`);
      expect(response.status).toBe(403);
      expect(await response.text()).toContain('<Code>AccessDenied</Code>');
    },
  },
];

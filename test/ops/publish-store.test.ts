import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '#kit/clock.ts';
import { ok } from '#kit/outcome.ts';
import type { PublishStore } from '#scripts/ops/site/publish-store.ts';
import { createRegionalS3 } from '#scripts/ops/site/regional-s3.ts';
import { openBucket } from '#scripts/ops/site/s3-publish-store.ts';
import { startSandbox } from '#scripts/sandbox/sandbox.ts';
import { MOTO_IS_MISSING, startMoto } from '../support/moto.ts';
import { valueOf } from '../support/pinned.ts';
import { memoryPublishStore } from './memory-publish-store.ts';

const REGION = 'eu-west-1';

interface Backend {
  readonly name: string;
  open(): Promise<PublishStore>;
  stop(): Promise<void>;
}

async function s3At(name: string, url: string, stop: () => Promise<void>): Promise<Backend> {
  const client = createRegionalS3(REGION, {
    env: { AWS_ENDPOINT_URL: url },
    clock: systemClock,
    random: Math.random,
    loadCredentials: async () => ok({ accessKeyId: 'AKIAOPERATOR', secretAccessKey: 'secret' }),
  });
  let made = 0;
  return {
    name,
    stop,
    open: async () => {
      const bucket = `publish-${(made += 1)}`;
      const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
      await client.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration }));
      return valueOf(await openBucket(client, { bucket, region: REGION }, new AbortController().signal));
    },
  };
}

const sandbox = await startSandbox();
const moto = await startMoto();
if (!moto) it('the same against moto', ({ skip }) => skip(MOTO_IS_MISSING));
const backends: readonly Backend[] = [
  { name: 'memory', open: async () => memoryPublishStore(), stop: async () => {} },
  await s3At('sandbox', sandbox.url, () => sandbox.close()),
  ...(moto ? [await s3At('moto', moto.url, () => moto.stop())] : []),
];

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');

describe.each(backends)('a publish store ($name)', (backend) => {
  let store: PublishStore;
  beforeAll(async () => {
    store = await backend.open();
  });
  afterAll(() => backend.stop());

  it('creates once', async () => {
    expect(valueOf(await store.put('p/new', bytes('one'), { absent: true }))).toBe('written');
    expect(valueOf(await store.put('p/new', bytes('two'), { absent: true }))).toBe('refused');
    expect(Buffer.from(valueOf(await store.get('p/new'))?.bytes ?? []).toString()).toBe('one');
  });

  it('swaps what it has seen, and nothing else', async () => {
    await store.put('p/swap', bytes('one'), { absent: true });
    const etag = valueOf(await store.get('p/swap'))?.etag ?? '';
    expect(valueOf(await store.put('p/swap', bytes('two'), { etag }))).toBe('written');
    expect(valueOf(await store.put('p/swap', bytes('three'), { etag }))).toBe('refused');
    expect(Buffer.from(valueOf(await store.get('p/swap'))?.bytes ?? []).toString()).toBe('two');
  });

  it('does not swap what is gone', async () => {
    expect(valueOf(await store.put('p/gone', bytes('x'), { etag: '"0"' }))).toBe('refused');
    expect(valueOf(await store.get('p/gone'))).toBeUndefined();
  });

  it('removes, also what is not there, and says sizes', async () => {
    await store.put('p/old/a', bytes('four'), { absent: true });
    await store.put('p/old/b', bytes('x'), { absent: true });
    expect(valueOf(await store.entries('p/old/'))).toMatchObject([
      { key: 'p/old/a', size: 4, modifiedAt: expect.any(Number) as number },
      { key: 'p/old/b', size: 1 },
    ]);
    await store.remove('p/old/a');
    expect(valueOf(await store.remove('p/old/a'))).toBeUndefined();
    expect(valueOf(await store.list('p/old/'))).toEqual(['p/old/b']);
  });

  it('lists below a prefix, sorted, all pages', async () => {
    const keys = Array.from({ length: 1005 }, (_, index) => `list/${String(index).padStart(4, '0')}`);
    for (let from = 0; from < keys.length; from += 50) {
      await Promise.all(
        keys.slice(from, from + 50).map((key) => store.put(key, bytes('x'), { absent: true })),
      );
    }
    expect(valueOf(await store.list('list/'))).toEqual(keys);
    expect(valueOf(await store.list('nothing/'))).toEqual([]);
  });
});

it('refuses a bucket of another region, one that is missing, and one of another owner', async () => {
  const aws = await startSandbox();
  aws.addBucket({ name: 'virginia', region: 'us-east-1' });
  aws.addBucket({ name: 'ireland', region: REGION });
  const context = {
    env: { AWS_ENDPOINT_URL: aws.url },
    clock: systemClock,
    random: Math.random,
    loadCredentials: async () => ok({ accessKeyId: 'AKIAOPERATOR', secretAccessKey: 'secret' }),
  };
  const { signal } = new AbortController();
  const client = createRegionalS3(REGION, context);
  const codeOf = async (bucket: string, owner?: string) => {
    const place = { bucket, region: REGION, ...(owner === undefined ? {} : { owner }) };
    const opened = await openBucket(client, place, signal);
    return opened.kind === 'ok' ? 'ok' : opened.fault.code;
  };
  expect(await codeOf('ireland')).toBe('ok');
  expect(await codeOf('virginia')).toBe('LF_REGION_BUCKET');
  expect(await codeOf('nowhere-at-all')).toBe('LF_BUCKET_MISSING');
  expect(await codeOf('ireland', '999999999999')).toBe('LF_SOURCE_DENIED');
  await aws.close();
});

it('refuses an endpoint override that names another region', () => {
  const context = {
    env: { AWS_ENDPOINT_URL: 'https://s3.us-east-1.amazonaws.com' },
    clock: systemClock,
    random: Math.random,
    loadCredentials: async () => ok({ accessKeyId: 'AKIAOPERATOR', secretAccessKey: 'secret' }),
  };
  expect(() => createRegionalS3(REGION, context)).toThrow(/AWS_ENDPOINT_URL/);
});

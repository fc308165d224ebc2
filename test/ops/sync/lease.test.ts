import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRegionalS3 } from '#scripts/ops/site/regional-s3.ts';
import { openBucket } from '#scripts/ops/site/s3-publish-store.ts';
import type { PublishStore } from '#scripts/ops/site/publish-store.ts';
import { takeLease, type Lease } from '#scripts/ops/sync/lease.ts';
import { startSandbox, type Sandbox } from '#scripts/sandbox/sandbox.ts';
import { systemClock } from '#kit/clock.ts';
import { ok } from '#kit/outcome.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const KEY = 'ops/sync-lease.json';

describe('a lease in S3', () => {
  let sandbox: Sandbox;
  let store: PublishStore;
  let clock: FakeClock;

  beforeEach(async () => {
    sandbox = await startSandbox();
    sandbox.addBucket({ name: 'locks', region: 'eu-west-1' });
    clock = new FakeClock();
    const client = createRegionalS3('eu-west-1', {
      env: { AWS_ENDPOINT_URL: sandbox.url },
      clock: systemClock,
      random: () => 0,
      loadCredentials: () => Promise.resolve(ok({ accessKeyId: 'x', secretAccessKey: 'x' })),
    });
    const opened = await openBucket(
      client,
      { bucket: 'locks', region: 'eu-west-1' },
      new AbortController().signal,
    );
    if (opened.kind !== 'ok') throw new Error(opened.fault.cause);
    store = { ...opened.value, skewMs: 0 };
  });
  afterEach(() => sandbox.close());

  const take = (holder: string): Promise<Lease> => takeLease({ store, key: KEY, holder, clock });

  it('is had by one at a time, and by the next when it was given back', async () => {
    const first = await take('a');
    await expect(take('b')).rejects.toMatchObject({ fault: { code: 'LF_SYNC_LEASE' } });

    await first.release();
    await (await take('b')).release();
  });

  it('of two that ask at once one gets it', async () => {
    const asked = await Promise.allSettled([take('a'), take('b'), take('c')]);

    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is taken up at once by the machine that was killed with it, and by another when it ran out', async () => {
    await take('a');
    await (await take('a')).release();
    await take('a');

    clock = new FakeClock(clock.now() + 91_000);
    await (await take('b')).release();
  });

  it('is noticed when another took it: what the first does then is not to be trusted', async () => {
    const first = await take('a');
    const later = new FakeClock(clock.now() + 91_000);
    await takeLease({ store, key: KEY, holder: 'b', clock: later });

    const isLost = new Promise((resolve) => first.lost.addEventListener('abort', resolve));
    await clock.advance(25_000);
    await isLost;

    await first.release();
    await expect(takeLease({ store, key: KEY, holder: 'c', clock: later })).rejects.toMatchObject({
      fault: { code: 'LF_SYNC_LEASE' },
    });
  });

  it('does not write over what is no lease', async () => {
    await store.put(KEY, new TextEncoder().encode('notes'), { absent: true });

    await expect(take('a')).rejects.toMatchObject({ fault: { code: 'LF_SYNC_LEASE' } });
  });
});

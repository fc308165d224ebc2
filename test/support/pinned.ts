import type { ObjectStore } from '#config-service';
import { createConnectionPools, type ConnectionPools } from '#agent/aws/connection-pools.ts';
import type { Credentials, CredentialSource } from '#agent/aws/credentials.ts';
import { createHostGuard } from '#agent/aws/host-guard.ts';
import type { Pin } from '#agent/aws/pin.ts';
import type { S3BucketOptions } from '#agent/aws/s3-sender.ts';
import { createSignedSender } from '#agent/aws/signed-sender.ts';
import { createS3Store } from '#agent/aws/s3-store.ts';
import { createS3Writer, type ObjectWriter } from '#agent/aws/s3-writer.ts';
import { createTransport } from '#agent/aws/transport.ts';
import { systemClock, type Clock } from '#kit/clock.ts';
import { ok, type Outcome } from '#kit/outcome.ts';

/** An instance in Ireland: what the tests of the AWS room are pinned to. */
export const PIN: Pin = {
  region: 'eu-west-1',
  partition: 'aws',
  dnsSuffix: 'amazonaws.com',
  account: '111122223333',
};

export const LIMITS = { connectMs: 1_000, firstByteMs: 5_000, totalMs: 10_000 };

/** The keys of the AWS documentation, and a count of how often they were found wanting. */
export function documentationKeys(): CredentialSource & { invalidations: number } {
  const value: Credentials = {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    sessionToken: 'session',
  };
  const source = {
    invalidations: 0,
    get: () => Promise.resolve(ok(value)),
    invalidate: () => {
      source.invalidations += 1;
    },
    doubt: () => {},
  };
  return source;
}

export function agentsOf(env: Record<string, string> = {}, ca?: string): ConnectionPools {
  return valueOf(createConnectionPools({ env, ...(ca === undefined ? {} : { ca }) }));
}

interface AtOverride {
  readonly bucket?: string;
  readonly clock?: Clock;
  readonly credentials?: CredentialSource;
}

/** A store of bucket `b` at a loopback override. */
export function storeAt(url: URL, options: AtOverride = {}): ObjectStore {
  return createS3Store(bucketAt(url, options));
}

/** The same bucket to write to. */
export function writerAt(url: URL, options: AtOverride = {}): ObjectWriter {
  return createS3Writer(bucketAt(url, options));
}

function bucketAt(url: URL, options: AtOverride): S3BucketOptions {
  const { bucket = 'b', clock = systemClock, credentials = documentationKeys() } = options;
  const endpoint = { url, overridden: true };
  const guard = createHostGuard(PIN, [endpoint]);
  const transport = createTransport({ agents: agentsOf(), guard, limits: LIMITS, clock });
  const sender = createSignedSender({ pin: PIN, credentials, transport, clock });
  return { sender, bucket, owner: PIN.account, endpoint, clock };
}

export function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.kind !== 'ok')
    throw new Error(`expected a value, got ${outcome.fault.code}: ${outcome.fault.cause}`);
  return outcome.value;
}

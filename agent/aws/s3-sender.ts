import type { Clock } from '#kit/clock.ts';
import { fail, ok, type Fail, type Outcome, type Retry } from '#kit/outcome.ts';
import type { Endpoint } from './endpoint.ts';
import type { HttpAnswer } from './http.ts';
import type { S3Call } from './s3-call.ts';
import { failureOf, refusalOf, wrongRegion } from './s3-refusal.ts';
import type { SignedSender } from './signed-sender.ts';
import { escapeKey } from './signer.ts';

export interface S3BucketOptions {
  readonly sender: SignedSender;
  readonly bucket: string;
  /** The account that must own the bucket; sent on every call. */
  readonly owner: string;
  readonly endpoint: Endpoint;
  /** By which `Retry-After` is read. */
  readonly clock: Clock;
}

export interface S3Ask {
  readonly call: S3Call;
  /** Escaped, relative to the bucket. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Most bytes that the body of the answer may have. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** The way to one bucket of this region: every request with the expected owner, and its answer checked (law 2). */
export interface S3Sender {
  /** Before every key, and alone the path of the bucket; empty when the host names it. */
  readonly basePath: string;
  readonly callOf: (operation: S3Call['operation'], key: string) => S3Call;
  readonly send: (ask: S3Ask) => Promise<Outcome<HttpAnswer>>;
  /** What an answer means that is none of those expected. */
  readonly refuse: (answer: HttpAnswer, call: S3Call) => Retry | Fail;
}

export function createS3Sender(options: S3BucketOptions): S3Sender {
  const { sender, bucket, owner, clock } = options;
  const { pin } = sender;
  const { origin, basePath } = addressOf(options.endpoint, bucket);

  return {
    basePath,

    callOf: (operation, key) => ({ operation, subject: `s3://${bucket}/${key}`, bucket, key, owner, pin }),

    send: async (ask) => {
      const { call, path, headers, ...rest } = ask;
      const result = await sender.send({
        service: 's3',
        method: ask.body ? 'PUT' : 'GET',
        origin,
        path: basePath + path,
        headers: { ...headers, 'x-amz-expected-bucket-owner': owner },
        ...rest,
      });
      if (result.kind === 'unsigned') return result.held;
      if (result.kind === 'forbidden') return fail(result.fault);
      if (result.kind === 'failure') return failureOf(result, call);
      const region = result.headers['x-amz-bucket-region'];
      return region === undefined || region === pin.region
        ? ok(result)
        : wrongRegion(call, `the bucket is in ${region}, this instance is in ${pin.region}`);
    },

    refuse: (answer, call) => {
      const { refusal, means } = refusalOf(answer, call, clock.now());
      if (means) sender.onRefused(means, answer);
      return refusal;
    },
  };
}

/**
 * Virtual-hosted by default, as AWS wants it. Path-style at an override, which has no wildcard name, and for a bucket with
 * dots, which the wildcard certificate does not cover.
 */
function addressOf({ url, overridden }: Endpoint, bucket: string): { origin: URL; basePath: string } {
  if (!overridden && !bucket.includes('.')) {
    return { origin: new URL(`${url.protocol}//${bucket}.${url.host}`), basePath: '' };
  }
  return { origin: url, basePath: `${url.pathname.replace(/\/+$/, '')}/${escapeKey(bucket)}` };
}

import { ok, type Outcome } from '#kit/outcome.ts';
import type { S3Call } from './s3-call.ts';
import { nonsense } from './s3-refusal.ts';
import { createS3Sender, type S3BucketOptions } from './s3-sender.ts';
import { readError } from './s3-xml.ts';
import { escapeKey } from './signer.ts';

/** Writes small objects to one bucket of this region, whole. */
export interface ObjectWriter {
  /** Replaces what is there, whatever it is. */
  put(key: string, bytes: Uint8Array, signal: AbortSignal): Promise<Outcome<void>>;
  /**
   * Replaces the object of the ETag `over`, or none where that is undefined. `met`: another one is there, or none, or two such
   * writes met (409); nothing was written.
   */
  replace(
    key: string,
    bytes: Uint8Array,
    over: string | undefined,
    signal: AbortSignal,
  ): Promise<Outcome<{ readonly etag: string } | 'met'>>;
}

/** An answer to a PUT has no body but an error's. */
const MAX_ANSWER_BYTES = 4096;

/** The same path as for reading: pinned, signed by hand, guarded, with the expected owner. */
export function createS3Writer(options: S3BucketOptions): ObjectWriter {
  const { callOf, send, refuse } = createS3Sender(options);
  const write = async (
    call: S3Call,
    bytes: Uint8Array,
    condition: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) =>
    send({
      call,
      path: `/${escapeKey(call.key)}`,
      query: {},
      headers: { 'content-type': 'application/json', ...condition },
      body: bytes,
      maxBytes: MAX_ANSWER_BYTES,
      signal,
    });
  return {
    put: async (key, bytes, signal) => {
      const call = callOf('write', key);
      const sent = await write(call, bytes, {}, signal);
      if (sent.kind !== 'ok') return sent;
      return sent.value.status === 200 ? ok(undefined) : refuse(sent.value, call);
    },
    replace: async (key, bytes, over, signal) => {
      const call = callOf('write', key);
      const condition = over === undefined ? { 'if-none-match': '*' } : { 'if-match': over };
      const sent = await write(call, bytes, condition, signal);
      if (sent.kind !== 'ok') return sent;
      const { status, headers, body } = sent.value;
      if (status === 200)
        return headers.etag ? ok({ etag: headers.etag }) : nonsense(call, 'no ETag came back');
      const isGone = status === 404 && readError(body).code === 'NoSuchKey';
      return status === 412 || status === 409 || isGone ? ok('met') : refuse(sent.value, call);
    },
  };
}

import { ok, type Outcome } from '#kit/outcome.ts';
import { createS3Sender, type S3BucketOptions } from './s3-sender.ts';
import { escapeKey } from './signer.ts';

/** Writes small objects to one bucket of this region: whole, unconditional, replacing what is there. */
export interface ObjectWriter {
  put(key: string, bytes: Uint8Array, signal: AbortSignal): Promise<Outcome<void>>;
}

/** An answer to a PUT has no body but an error's. */
const MAX_ANSWER_BYTES = 4096;

/** The same path as for reading: pinned, signed by hand, guarded, with the expected owner. */
export function createS3Writer(options: S3BucketOptions): ObjectWriter {
  const { callOf, send, refuse } = createS3Sender(options);
  return {
    put: async (key, bytes, signal) => {
      const call = callOf('write', key);
      const headers = { 'content-type': 'application/json' };
      const path = `/${escapeKey(key)}`;
      const sent = await send({
        call,
        path,
        query: {},
        headers,
        body: bytes,
        maxBytes: MAX_ANSWER_BYTES,
        signal,
      });
      if (sent.kind !== 'ok') return sent;
      return sent.value.status === 200 ? ok(undefined) : refuse(sent.value, call);
    },
  };
}

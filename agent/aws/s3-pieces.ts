import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { nonsense } from './s3-refusal.ts';
import { createS3Sender, type S3BucketOptions } from './s3-sender.ts';
import { readError } from './s3-xml.ts';
import { escapeKey } from './signer.ts';
import type { HttpAnswer } from './http.ts';

/** Memory for one piece at a time, and a few hundred requests for the largest application. */
const PIECE_BYTES = 8 * 1024 * 1024;

/**
 * Hands on one large object piece by piece, in order, each waited for; a rejection of `write` ends the reading and is
 * passed on. All pieces are of one object: another one put under the key meanwhile is refused by its ETag.
 */
export type ReadPieces = (
  key: string,
  write: (piece: Uint8Array) => Promise<void>,
  signal: AbortSignal,
) => Promise<Outcome<void>>;

export function createS3Pieces(options: S3BucketOptions): ReadPieces {
  const { callOf, send, refuse } = createS3Sender(options);
  return async (key, write, signal) => {
    const call = callOf('read', key);
    let etag: string | undefined;
    for (let at = 0, total = 1; at < total;) {
      const headers = {
        range: `bytes=${at}-${at + PIECE_BYTES - 1}`,
        ...(etag === undefined ? {} : { 'if-match': etag }),
      };
      const path = `/${escapeKey(key)}`;
      const sent = await send({ call, path, query: {}, headers, maxBytes: PIECE_BYTES, signal });
      if (sent.kind !== 'ok') return sent;
      const answer = sent.value;
      if (answer.status === 416 && at === 0) return ok(undefined);
      if (answer.status === 404 && readError(answer.body).code === 'NoSuchKey') return absent(call.subject);
      if (answer.status !== 200 && answer.status !== 206) return refuse(answer, call);
      const whole = totalOf(answer, at);
      if (whole === undefined || answer.body.length === 0)
        return nonsense(call, 'the piece is not what was asked for');
      total = whole;
      etag = answer.headers['etag'];
      await write(answer.body);
      at += answer.body.length;
    }
    return ok(undefined);
  };
}

/** Of the object. A server that knows no ranges answers 200 with all of it, which is fine when that is one piece. */
function totalOf({ status, headers, body }: HttpAnswer, at: number): number | undefined {
  if (status === 200) return at === 0 ? body.length : undefined;
  const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers['content-range'] ?? '');
  const [first, last, total] = (range ?? []).slice(1).map(Number);
  return first === at && last === at + body.length - 1 ? total : undefined;
}

function absent(subject: string) {
  return fail({
    code: 'LF_OBJECT_MISSING',
    operation: 'read',
    subject,
    cause: 'there is no such object',
    hint: 'Upload it to the bucket of this region, or correct the key.',
  });
}

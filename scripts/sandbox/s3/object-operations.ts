import { header } from '../wire/exchange.ts';
import type { Answer, SandboxRequest } from '../wire/exchange.ts';
import type { Bucket, StoredObject } from './bucket.ts';
import { httpDate, readCondition, writeCondition } from './conditions.ts';
import { readPayload } from './payload.ts';
import { s3Answer, s3Error } from './s3-answer.ts';

/** Headers of a PUT that belong to the object. */
const KEPT = new Set(['content-type', 'cache-control', 'content-disposition', 'content-language', 'expires']);

/** GetObject and HeadObject: the same but for the body, which the wire leaves out of HEAD. */
export function getObject(bucket: Bucket, key: string, request: SandboxRequest): Answer {
  const object = bucket.get(key);
  if (!object) return s3Error(404, 'NoSuchKey', 'The specified key does not exist.', { Key: key });
  const unmet = readCondition(request, object);
  if (unmet) return unmet;
  const headers = {
    'content-type': 'binary/octet-stream',
    ...object.headers,
    etag: object.etag,
    'last-modified': httpDate(object.lastModified),
    'accept-ranges': 'bytes',
  };
  const range = readRange(header(request, 'range'), object.body.length);
  if (range === 'unsatisfiable')
    return s3Error(416, 'InvalidRange', 'The requested range is not satisfiable');
  if (range) {
    const contentRange = `bytes ${range.start}-${range.end}/${object.body.length}`;
    return s3Answer(
      206,
      { ...headers, 'content-range': contentRange },
      object.body.subarray(range.start, range.end + 1),
    );
  }
  return s3Answer(200, { ...headers, ...shownChecksums(request, object) }, object.body);
}

export function putObject(bucket: Bucket, key: string, request: SandboxRequest, now: number): Answer {
  if (Buffer.byteLength(key) > 1024) return s3Error(400, 'KeyTooLongError', 'Your key is too long');
  const unmet = writeCondition(request, bucket.get(key));
  if (unmet) return unmet;
  const payload = readPayload(request);
  if (payload.kind === 'refused') return payload.answer;
  const object = bucket.put(key, payload.body, now, keptHeaders(request), payload.checksums);
  return s3Answer(200, { etag: object.etag, ...object.checksums });
}

export function deleteObject(bucket: Bucket, key: string, request: SandboxRequest): Answer {
  const existing = bucket.get(key);
  const unmet = existing && writeCondition(request, existing);
  if (unmet) return unmet;
  bucket.delete(key);
  return s3Answer(204);
}

function shownChecksums(request: SandboxRequest, object: StoredObject): Readonly<Record<string, string>> {
  const wanted = header(request, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  if (!wanted || Object.keys(object.checksums).length === 0) return {};
  return { ...object.checksums, 'x-amz-checksum-type': 'FULL_OBJECT' };
}

function keptHeaders(request: SandboxRequest): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value === 'string' && (KEPT.has(name) || name.startsWith('x-amz-meta-'))) kept[name] = value;
  }
  // aws-chunked is how the bytes travelled; what is left is how the object itself is encoded.
  const encodings = (header(request, 'content-encoding') ?? '').split(',').map((name) => name.trim());
  const encoding = encodings.filter((name) => name !== '' && name !== 'aws-chunked').join(',');
  return encoding === '' ? kept : { ...kept, 'content-encoding': encoding };
}

/** One byte range; several, or another unit, are ignored as RFC 9110 allows. */
function readRange(
  range: string | undefined,
  length: number,
): { readonly start: number; readonly end: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(range ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const suffix = match[1] === '';
  const start = suffix ? Math.max(0, length - Number(match[2])) : Number(match[1]);
  const end = suffix || match[2] === '' ? length - 1 : Math.min(Number(match[2]), length - 1);
  return start >= length || start > end ? 'unsatisfiable' : { start, end };
}

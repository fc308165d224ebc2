import { header } from '../wire/exchange.ts';
import type { Answer, SandboxRequest } from '../wire/exchange.ts';
import type { StoredObject } from './bucket.ts';
import { s3Answer, s3Error } from './s3-answer.ts';

/** 304, 412 or nothing, in the order of RFC 9110, 13.2.2. */
export function readCondition(request: SandboxRequest, object: StoredObject): Answer | undefined {
  const ifMatch = header(request, 'if-match');
  const ifNoneMatch = header(request, 'if-none-match');
  if (ifMatch !== undefined) {
    if (!names(ifMatch, object.etag)) return preconditionFailed('If-Match');
  } else if (changedSince(request, 'if-unmodified-since', object)) {
    return preconditionFailed('If-Unmodified-Since');
  }
  const unchanged =
    ifNoneMatch === undefined
      ? changedSince(request, 'if-modified-since', object) === false
      : names(ifNoneMatch, object.etag);
  if (!unchanged) return undefined;
  return s3Answer(304, { etag: object.etag, 'last-modified': httpDate(object.lastModified) });
}

/** S3's conditional writes: `If-None-Match` knows only `*`; `If-Match` on a missing key is 404, not 412. */
export function writeCondition(
  request: SandboxRequest,
  existing: StoredObject | undefined,
): Answer | undefined {
  const ifMatch = header(request, 'if-match');
  const ifNoneMatch = header(request, 'if-none-match');
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    return s3Error(
      501,
      'NotImplemented',
      'A header you provided implies functionality that is not implemented',
      {
        Header: 'If-None-Match',
      },
    );
  }
  if (ifNoneMatch === '*' && existing) return preconditionFailed('If-None-Match');
  if (ifMatch === undefined) return undefined;
  if (!existing) return s3Error(404, 'NoSuchKey', 'The specified key does not exist.');
  return names(ifMatch, existing.etag) ? undefined : preconditionFailed('If-Match');
}

export function httpDate(ms: number): string {
  return new Date(ms).toUTCString();
}

function preconditionFailed(condition: string): Answer {
  return s3Error(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    Condition: condition,
  });
}

function names(list: string, etag: string): boolean {
  return list.split(',').some((entry) => {
    const tag = entry.trim().replace(/^W\//, '');
    return tag === '*' || tag === etag || `"${tag}"` === etag;
  });
}

/** `undefined` when the header is absent or no date. HTTP dates have no fractions of a second. */
function changedSince(request: SandboxRequest, name: string, object: StoredObject): boolean | undefined {
  const since = Date.parse(header(request, name) ?? '');
  return Number.isNaN(since) ? undefined : Math.floor(object.lastModified / 1000) * 1000 > since;
}

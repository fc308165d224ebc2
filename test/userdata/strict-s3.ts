import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface Signed {
  readonly method: string;
  /** As it came, with the query. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body?: Uint8Array;
}

const EMPTY = sha256('');

/**
 * Whether AWS would accept this signature, by the words of "Authenticating Requests (AWS Signature Version 4)" of the Amazon
 * S3 API Reference; undefined when it would, else why not. S3 refuses every x-amz- header that is not signed, with the one
 * exception of x-amz-content-sha256.
 */
export function signatureProblem(
  request: Signed,
  secretOf: (key: string) => string | undefined,
): string | undefined {
  const [path = '', search = ''] = request.target.split('?', 2);
  const query = new Map(
    search
      .split('&')
      .filter(Boolean)
      .map((pair) => pair.split('=', 2) as [string, string]),
  );
  const parts = query.has('X-Amz-Signature') ? fromQuery(query) : fromHeader(request);
  if (!parts) return 'no signature';
  const { credential, signedHeaders, signature, date, service, payload } = parts;
  const unsigned = Object.keys(request.headers).find(
    (name) => name.startsWith('x-amz-') && name !== 'x-amz-content-sha256' && !signedHeaders.includes(name),
  );
  if (service === 's3' && unsigned !== undefined) return `HeadersNotSigned ${unsigned}`;
  if (!signedHeaders.includes('host')) return 'host is not signed';
  const [key = '', ...scope] = credential.split('/');
  const secret = secretOf(key);
  if (secret === undefined) return `InvalidAccessKeyId ${key}`;
  const canonical = [
    request.method,
    path,
    [...query]
      .filter(([name]) => name !== 'X-Amz-Signature')
      .map((pair) => pair.join('='))
      .toSorted()
      .join('&'),
    ...signedHeaders.map((name) => `${name}:${String(request.headers[name] ?? '').trim()}`),
    '',
    signedHeaders.join(';'),
    payload,
  ].join('\n');
  const text = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonical)].join('\n');
  let signing: Buffer = Buffer.from(`AWS4${secret}`);
  for (const part of scope) signing = createHmac('sha256', signing).update(part).digest();
  const expected = createHmac('sha256', signing).update(text).digest();
  const given = Buffer.from(signature, 'hex');
  const same = given.length === expected.length && timingSafeEqual(given, expected);
  return same ? undefined : `SignatureDoesNotMatch, expected ${expected.toString('hex')} of\n${canonical}`;
}

interface Parts {
  readonly credential: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly date: string;
  readonly service: string;
  readonly payload: string;
}

function fromHeader({ headers, body }: Signed): Parts | undefined {
  const [, credential = '', names = '', signature = ''] =
    /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    ) ?? [];
  if (signature === '') return undefined;
  const service = credential.split('/')[3] ?? '';
  const declared = headers['x-amz-content-sha256'];
  const payload = service === 's3' ? String(declared) : body ? sha256(body) : EMPTY;
  return {
    credential,
    signedHeaders: names.split(';'),
    signature,
    service,
    payload,
    date: String(headers['x-amz-date']),
  };
}

function fromQuery(query: ReadonlyMap<string, string>): Parts {
  const read = (name: string): string => decodeURIComponent(query.get(name) ?? '');
  const credential = read('X-Amz-Credential');
  return {
    credential,
    signedHeaders: read('X-Amz-SignedHeaders').split(';'),
    signature: read('X-Amz-Signature'),
    service: credential.split('/')[3] ?? '',
    payload: 'UNSIGNED-PAYLOAD',
    date: read('X-Amz-Date'),
  };
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

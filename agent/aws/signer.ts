import { Hash } from '@smithy/hash-node';
import { HttpRequest } from '@smithy/protocol-http';
import { getCanonicalQuery, SignatureV4 } from '@smithy/signature-v4';
import type { Credentials } from './credentials.ts';
import { signingNameOf, type Service } from './endpoint.ts';
import type { Pin } from './pin.ts';

/** A request before it is signed. `path` is already escaped; a key of S3 as `escapeKey` does it. */
export interface UnsignedRequest {
  readonly method: 'GET' | 'PUT' | 'POST';
  /** `host` or `host:port`, as the Host header has it. */
  readonly host: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/**
 * The headers that authorize `unsigned`, its own among them: Signature Version 4, with the payload hash that S3 asks for.
 * By hand, because the SDK's clients would cost the boot path more time and memory than all the rest of it.
 */
export async function signRequest(
  service: Service,
  unsigned: UnsignedRequest,
  credentials: Credentials,
  region: Pin['region'],
  at: Date,
): Promise<Record<string, string>> {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const signer = new SignatureV4({
    service: signingNameOf(service),
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) },
    sha256: Hash.bind(null, 'sha256'),
    // S3 alone signs the path as it is sent: keys may hold `//` and `..`, which the other services fold.
    uriEscapePath: service !== 's3',
  });
  const request = new HttpRequest({
    method: unsigned.method,
    path: unsigned.path,
    query: { ...unsigned.query },
    headers: { ...unsigned.headers, host: unsigned.host },
    ...(unsigned.body ? { body: unsigned.body } : {}),
  });
  return (await signer.sign(request, { signingDate: at })).headers;
}

/** A query as it is signed and sent, without the `?`. */
export function renderQuery(query: Readonly<Record<string, string>>): string {
  return getCanonicalQuery(new HttpRequest({ query: { ...query } }));
}

/** A key as S3 wants it in a path: every byte but RFC 3986's unreserved ones escaped, slashes kept. */
export function escapeKey(key: string): string {
  return key.split('/').map(escapeSegment).join('/');
}

/** `encodeURIComponent` leaves five reserved characters alone. */
function escapeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

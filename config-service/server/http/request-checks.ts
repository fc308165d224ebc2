import { isLoopbackAuthority, isLoopbackOrigin } from './loopback.ts';
import type { RequestHeaders } from './request-headers.ts';

/** Bytes a request body may have. */
export const MAX_BODY_BYTES = 64 * 1024;

export interface Refusal {
  readonly status: 400 | 403 | 413;
  readonly code: 'LF_REQUEST_REFUSED' | 'LF_REQUEST_INVALID';
  readonly cause: string;
  readonly hint: string;
}

/** How a request came in. The socket's file mode already says who may ask, and there is no DNS name to rebind. */
export type Door = 'tcp' | 'socket';

/**
 * Why this is not a request that a program on this host makes for itself, if it is not. A browser on this host
 * reaches loopback too, on behalf of any site: the Host field unmasks DNS rebinding, Origin and Sec-Fetch-Site scripts.
 * A proxy announces itself with fields of its own (`request-headers.ts`), and would lend our loopback address to others.
 */
export function refusalOf(
  target: string,
  httpVersion: string,
  headers: RequestHeaders,
  door: Door,
): Refusal | undefined {
  if (headers.proxiedBy !== undefined) {
    return refused(
      `the request went through a proxy (${headers.proxiedBy})`,
      'Ask the local API directly, without a proxy.',
    );
  }
  if (headers.transferEncoding === 'other') {
    return {
      status: 400,
      code: 'LF_REQUEST_INVALID',
      cause: 'its Transfer-Encoding is not `chunked`',
      hint: 'Send a Content-Length, or `Transfer-Encoding: chunked` once.',
    };
  }
  if (!target.startsWith('/') && target !== '*') {
    return refused('the request target is not a path', 'Ask the local API directly, without a proxy.');
  }
  if (door === 'tcp') {
    if (headers.host === undefined) {
      if (httpVersion !== '1.0') {
        return {
          status: 400,
          code: 'LF_REQUEST_INVALID',
          cause: 'the Host field is missing',
          hint: 'HTTP/1.1 requires it: send `Host: localhost`.',
        };
      }
    } else if (!isLoopbackAuthority(headers.host)) {
      return refused(
        'the Host field does not name loopback',
        'Use localhost, 127.0.0.1 or [::1] as the host.',
      );
    }
  }
  if (headers.origin !== undefined && !isLoopbackOrigin(headers.origin)) {
    return refused('a page of another origin asks', 'Only pages served from loopback may ask.');
  }
  if (headers.fetchSite === 'cross-site') {
    return refused('a page of another site asks', 'Only pages served from loopback may ask.');
  }
  return headers.contentLength > MAX_BODY_BYTES ? TOO_LARGE : undefined;
}

export const TOO_LARGE: Refusal = {
  status: 413,
  code: 'LF_REQUEST_REFUSED',
  cause: `the body is larger than ${MAX_BODY_BYTES} bytes`,
  hint: 'Send less.',
};

function refused(cause: string, hint: string): Refusal {
  return { status: 403, code: 'LF_REQUEST_REFUSED', cause, hint };
}

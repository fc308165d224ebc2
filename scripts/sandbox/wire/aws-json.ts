import { isRecord } from '#kit/is-record.ts';
import { gunzipSync } from 'node:zlib';
import { header, nextRequestId } from './exchange.ts';
import type { Answer, Dialect, SandboxRequest } from './exchange.ts';

/** Twice the largest body that any of these operations takes, so that too large is told from absurd. */
const MOST_BYTES = 8 * 1024 * 1024;

/** The awsJson protocols: errors by `__type`, all client errors with status 400. */
export function jsonDialect(version: '1.0' | '1.1'): Dialect {
  return {
    error: (status, code, message) => jsonAnswer(version, status, { __type: code, message }),
    throttle: { status: 400, code: 'ThrottlingException' },
  };
}

export function jsonAnswer(version: '1.0' | '1.1', status: number, body: unknown): Answer {
  const requestId = nextRequestId();
  return {
    status,
    headers: { 'content-type': `application/x-amz-json-${version}`, 'x-amzn-requestid': requestId },
    body: JSON.stringify(body),
  };
}

/** `X-Amz-Target: <service version>.<operation>`. */
export function targetOperation(request: SandboxRequest): string | undefined {
  return header(request, 'x-amz-target')?.split('.').at(-1);
}

const CALLER_ERRORS = {
  unsigned: { code: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' },
  malformed: {
    code: 'IncompleteSignatureException',
    message: 'Authorization header requires a credential scope.',
  },
  expired: {
    code: 'ExpiredTokenException',
    message: 'The security token included in the request is expired',
  },
} as const;

/** The error for a caller that may not go on, in the awsJson services. */
export function callerError(
  request: SandboxRequest,
): { readonly code: string; readonly message: string } | undefined {
  const { standing } = request.caller;
  return standing === 'signed' ? undefined : CALLER_ERRORS[standing];
}

/** The body with `content-encoding: gzip` taken off; `undefined` when that is not what it is. */
export function plainBody(request: SandboxRequest): Buffer | undefined {
  if (header(request, 'content-encoding') !== 'gzip') return request.body;
  try {
    return gunzipSync(request.body, { maxOutputLength: MOST_BYTES });
  } catch {
    return undefined;
  }
}

/** `undefined` unless it is a JSON object. */
export function jsonObject(body: Buffer | undefined): Readonly<Record<string, unknown>> | undefined {
  if (!body) return undefined;
  try {
    const value: unknown = JSON.parse(body.toString());
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

import { nextRequestId } from '../wire/exchange.ts';
import type { Answer, Dialect } from '../wire/exchange.ts';
import { textElement, xmlDocument } from '../wire/xml.ts';

export const S3_NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

export function s3Answer(
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body: Buffer | string = '',
): Answer {
  const requestId = nextRequestId();
  return {
    status,
    headers: {
      server: 'AmazonS3',
      'x-amz-request-id': requestId,
      'x-amz-id-2': `sandbox/${requestId}`,
      ...headers,
    },
    body,
  };
}

export function s3Xml(root: string, ...children: readonly string[]): Answer {
  return s3Answer(200, { 'content-type': 'application/xml' }, xmlDocument(root, S3_NAMESPACE, ...children));
}

/** `extra` are elements beside Code and Message, by name. */
export function s3Error(
  status: number,
  code: string,
  message: string,
  extra: Readonly<Record<string, string>> = {},
): Answer {
  const fields = Object.entries({ Code: code, Message: message, ...extra });
  const answer = s3Answer(status, { 'content-type': 'application/xml' });
  const all = [...fields, ['RequestId', answer.headers['x-amz-request-id'] ?? ''] as const];
  return {
    ...answer,
    body: xmlDocument('Error', undefined, ...all.map(([name, value]) => textElement(name, value))),
  };
}

export function accessDenied(): Answer {
  return s3Error(403, 'AccessDenied', 'Access Denied');
}

export const s3Dialect: Dialect = {
  error: (status, code, message) => s3Error(status, code, message),
  throttle: { status: 503, code: 'SlowDown' },
};

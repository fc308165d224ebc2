import { isRecord } from '#kit/is-record.ts';
import { jsonOf } from '#kit/json-text.ts';
import type { CallResult, RestResult } from './aws-calls.ts';
import { readQueryError } from './query-error.ts';
import { classifyRefusal } from './refusal-class.ts';
import type { HttpAnswer } from './http.ts';
import { readXml } from './xml.ts';

/** What an answer says in the words of AWS, or that it is none: a portal's page, a proxy's error, half a document. */
export type ReadAnswer = Extract<CallResult, { kind: 'ok' | 'refused' }> | { readonly kind: 'foreign' };

export type ReadRestAnswer = Extract<RestResult, { kind: 'ok' | 'refused' }> | { readonly kind: 'foreign' };

const FOREIGN = { kind: 'foreign' } as const;

/** What the SDKs call an error that says not what it is. */
const NAMELESS = 'UnknownError';

/** Error texts are for people; a page that got in there by mistake need not be carried around. */
const MAX_MESSAGE_CHARS = 1000;

/** An answer in awsJson 1.0 or 1.1 (Smithy, "AWS JSON protocols"). */
export function readJsonAnswer(answer: HttpAnswer): ReadAnswer {
  const text = answer.body.toString('utf8');
  const json = text === '' ? {} : objectOf(text);
  if (isSuccess(answer)) {
    // An operation without a result may answer with nothing at all: then only the request id tells AWS from a portal.
    const foreign = json === undefined || (text === '' && !answer.headers['x-amzn-requestid']);
    return foreign ? FOREIGN : { kind: 'ok', json, text };
  }
  const code = bareCode(answer.headers['x-amzn-errortype'] ?? json?.['__type'] ?? json?.['code']);
  if (code !== '') return refused(answer, code, json?.['message'] ?? json?.['Message'], json);
  // The front of a service refuses some bodies for their size without a word.
  return answer.headers['x-amzn-requestid'] ? refused(answer, NAMELESS, undefined, json) : FOREIGN;
}

/** An answer in restJson1: its success may be any content, and only the request id tells it from a portal's page. */
export function readRestAnswer(answer: HttpAnswer): ReadRestAnswer {
  const { headers, body } = answer;
  if (isSuccess(answer)) return headers['x-amzn-requestid'] ? { kind: 'ok', headers, body } : FOREIGN;
  const read = readJsonAnswer(answer);
  return read.kind === 'refused' ? read : FOREIGN;
}

/** An answer to `action` in the query protocol, EC2's dialect included. */
export function readQueryAnswer(answer: HttpAnswer, action: string): ReadAnswer {
  const text = answer.body.toString('utf8');
  if (isSuccess(answer)) {
    return typeof readXml(text, [`${action}Response`]) !== 'string'
      ? { kind: 'ok', json: text, text }
      : FOREIGN;
  }
  const error = readQueryError(text);
  return error ? refused(answer, error.code, error.message, text) : FOREIGN;
}

function refused({ status }: HttpAnswer, code: string, message: unknown, json: unknown): ReadAnswer {
  return {
    kind: 'refused',
    status,
    code,
    message: typeof message === 'string' ? message.slice(0, MAX_MESSAGE_CHARS) : '',
    class: classifyRefusal(code, status),
    json,
  };
}

/** `com.amazonaws.logs#ThrottlingException:http://internal...` is `ThrottlingException` (Smithy, "Operation error serialization"). */
function bareCode(said: unknown): string {
  if (typeof said !== 'string') return '';
  return said.replace(/:.*$/s, '').replace(/^.*#/s, '').trim();
}

function isSuccess({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300;
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = jsonOf(text);
  return isRecord(value) ? value : undefined;
}

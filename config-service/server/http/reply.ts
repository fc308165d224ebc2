import type { OutgoingHttpHeader } from 'node:http';
import type { Fault } from '../../kit/errors.ts';
import type { Outcome } from '../../kit/outcome.ts';
import type { Document } from '../backend/api-backend.ts';
import type { Exchange } from './exchange.ts';
import { ALWAYS, headersFor, JSON_TYPE } from './headers.ts';
import { problemOf, statusOfFailure } from './problem.ts';

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** The one place where an answer with a body leaves. `headers` is a flat list of names and values. */
export function send(
  exchange: Exchange,
  status: number,
  headers: OutgoingHttpHeader[],
  body: string | Buffer,
): void {
  const { response } = exchange;
  if (exchange.api.draining) response.shouldKeepAlive = false;
  response.writeHead(status, headers);
  // Of a short body a string, not a buffer: node then joins head and body into one write.
  response.end(body);
}

export function sendText(
  exchange: Exchange,
  status: number,
  type: string,
  body: string,
  more: readonly string[] = [],
): void {
  send(exchange, status, headersFor(type, body, more), body);
}

export function sendJson(
  exchange: Exchange,
  status: number,
  document: unknown,
  more: readonly string[] = [],
): void {
  sendText(exchange, status, JSON_TYPE, `${JSON.stringify(document)}\n`, more);
}

export function sendNotModified(exchange: Exchange, headers: readonly string[]): void {
  send(exchange, 304, [...headers, ...ALWAYS], '');
}

export function sendProblem(
  exchange: Exchange,
  status: number,
  fault: Fault,
  more: readonly string[] = [],
  extra: Document = {},
): void {
  sendText(exchange, status, PROBLEM_TYPE, `${JSON.stringify(problemOf(status, fault, extra))}\n`, more);
}

export function sendInvalid(exchange: Exchange, cause: string, hint: string): void {
  sendProblem(exchange, 400, {
    code: 'LF_REQUEST_INVALID',
    operation: 'read the request for',
    subject: exchange.path,
    cause,
    hint,
  });
}

/** 503 while there is nothing to serve; the reasons are those of `/readyz`. */
export function sendNotReady(exchange: Exchange): void {
  const { reasons } = exchange.api.backend.readiness();
  sendProblem(
    exchange,
    503,
    {
      code: 'LF_NOT_READY',
      operation: 'answer',
      subject: exchange.path,
      cause: reasons[0]?.message ?? 'no generation has been accepted since the start',
      hint: 'Ask again: the agent keeps trying. `landfall status` shows what it waits for.',
    },
    ['Retry-After', '1'],
    { reasons },
  );
}

export function sendOutcome(exchange: Exchange, outcome: Outcome<Document>): void {
  if (outcome.kind === 'ok') {
    sendJson(exchange, 200, outcome.value);
    return;
  }
  const after = outcome.kind === 'retry' ? outcome.afterMs : undefined;
  const headers = after === undefined ? [] : ['Retry-After', String(Math.ceil(after / 1000))];
  sendProblem(exchange, statusOfFailure(outcome), outcome.fault, headers);
}

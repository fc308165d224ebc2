import type { Exchange } from './exchange.ts';
import { sendProblem } from './reply.ts';
import type { Refusal } from './request-checks.ts';

/** 400, 403 or 413: this is no request that a program of this host makes for itself. */
export function sendRefusal(exchange: Exchange, refusal: Refusal): void {
  const { api, response, path } = exchange;
  api.counts.refused += 1;
  api.logger.debug('request refused', { cause: refusal.cause });
  response.shouldKeepAlive = false;
  const { status, code, cause, hint } = refusal;
  sendProblem(exchange, status, { code, operation: 'answer', subject: path, cause, hint });
}

/** @param more header fields: a flat list of names and values */
export function sendWrongMethod(
  exchange: Exchange,
  method: string,
  allow: string,
  more: readonly string[] = [],
): void {
  sendProblem(
    exchange,
    405,
    {
      code: 'LF_REQUEST_INVALID',
      operation: 'answer',
      subject: exchange.path,
      cause: `it does not take ${method}`,
      hint: `It takes ${allow}.`,
    },
    ['Allow', allow, ...more],
  );
}

import type { Exchange } from '../http/exchange.ts';
import { keyInPath } from '../http/key-in-path.ts';
import { readOverride } from './override-request.ts';
import { sendInvalid, sendOutcome, sendProblem } from '../http/reply.ts';

/** `POST /v1/refresh`: answers when the outcome of the poll is known. */
export async function postRefresh(exchange: Exchange): Promise<void> {
  sendOutcome(exchange, await exchange.api.backend.refresh());
}

/** `PUT /v1/overrides/{key}`. */
export async function putOverride(exchange: Exchange, body: Buffer): Promise<void> {
  const key = overriddenKey(exchange);
  if (key === undefined) return;
  const order = readOverride(key, body);
  if (order.kind === 'ok') sendOutcome(exchange, await exchange.api.backend.setOverride(order.value));
  else sendProblem(exchange, 400, order.fault);
}

/** `DELETE /v1/overrides/{key}`. */
export async function deleteOverride(exchange: Exchange): Promise<void> {
  const key = overriddenKey(exchange);
  if (key !== undefined) sendOutcome(exchange, await exchange.api.backend.unsetOverride(key));
}

function overriddenKey(exchange: Exchange): string | undefined {
  const key = keyInPath(exchange.tail);
  if (key !== undefined && key !== '') return key;
  sendInvalid(exchange, 'the path names no key', 'Write it like /v1/overrides/db.pool.size.');
  return undefined;
}

import { prefers } from '../http/accept.ts';
import { answerConditionally } from '../http/conditional.ts';
import type { Exchange } from '../http/exchange.ts';
import { keyInPath } from '../http/key-in-path.ts';
import { mayRead, REDACTED } from '../http/redaction.ts';
import { send, sendInvalid, sendJson, sendNotReady } from '../http/reply.ts';
import { sendNoSuchKey } from './no-such-key.ts';

/** `GET /v1/config/{key}`. The way of the plain request is the hot path of the whole server: it allocates next to nothing. */
export function getValue(exchange: Exchange): void | Promise<void> {
  const key = keyInPath(exchange.tail);
  if (key === undefined) {
    sendInvalid(exchange, 'the key is not valid percent-encoding', 'Encode a % in a key as %25.');
    return;
  }
  if (exchange.headers.ifNoneMatch === undefined && exchange.search === '') {
    answer(exchange, key);
    return;
  }
  return answerConditionally(exchange, {
    etag: () => etagOf(exchange, key),
    answer: () => answer(exchange, key),
  });
}

function etagOf({ api, authorized }: Exchange, key: string): string | undefined {
  const generation = api.backend.generation();
  return generation && api.shelf.value(generation, key, authorized)?.etag;
}

function answer(exchange: Exchange, key: string): void {
  const { api, authorized } = exchange;
  const generation = api.backend.generation();
  if (generation === undefined) {
    sendNotReady(exchange);
    return;
  }
  const value = api.shelf.value(generation, key, authorized);
  const property = generation.effective.get(key);
  if (value === undefined || property === undefined) {
    sendNoSuchKey(exchange, key, generation);
    return;
  }
  if (!prefers(exchange.headers.accept, 'application/json', 'text/plain')) {
    send(exchange, 200, value.headers, value.body);
    return;
  }
  const { layer, file, line } = property.winner;
  const shown = mayRead(api.backend, key, authorized) ? (property.list ?? property.value) : REDACTED;
  sendJson(exchange, 200, { key, value: shown, layer, file, line, generation: generation.number }, [
    'ETag',
    value.etag,
    'Vary',
    'Accept',
    'X-Landfall-Generation',
    String(generation.number),
  ]);
}

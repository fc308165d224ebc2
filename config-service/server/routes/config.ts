import { isoTime } from '../../kit/iso-time.ts';
import type { Generation } from '../../generation.ts';
import { answerConditionally } from '../http/conditional.ts';
import { etagOfDigest } from '../http/etag.ts';
import type { Exchange } from '../http/exchange.ts';
import { FORMATS } from './formats.ts';
import { propertiesText } from '../http/response-cache.ts';
import { JSON_TYPE } from '../http/headers.ts';
import { mayRead, REDACTED } from '../http/redaction.ts';
import { sendInvalid, sendNotReady, sendText } from '../http/reply.ts';

/** `GET /v1/config`. */
export function getConfig(exchange: Exchange): void | Promise<void> {
  const query = new URLSearchParams(exchange.search);
  const format = query.get('format') ?? 'json';
  if (format !== 'json' && !FORMATS.has(format)) {
    sendInvalid(exchange, 'there is no such format', 'Use format=json, yaml, properties or env.');
    return;
  }
  const { backend } = exchange.api;
  return answerConditionally(exchange, {
    etag: () => {
      const digest = backend.generation()?.digest;
      return digest === undefined ? undefined : etagOfDigest(digest);
    },
    answer: () => answer(exchange, query.get('prefix') ?? '', format),
  });
}

function answer(exchange: Exchange, prefix: string, format: string): void {
  const { api } = exchange;
  const generation = api.backend.generation();
  if (generation === undefined) {
    sendNotReady(exchange);
    return;
  }
  const headers = [
    'ETag',
    etagOfDigest(generation.digest),
    'X-Landfall-Generation',
    String(generation.number),
  ];
  const other = FORMATS.get(format);
  if (other === undefined) {
    sendText(exchange, 200, JSON_TYPE, jsonDocument(exchange, generation, prefix), headers);
  } else {
    sendText(exchange, 200, other.type, other.print(pairs(exchange, generation, prefix)), headers);
  }
}

function* pairs(
  { api, authorized }: Exchange,
  generation: Generation,
  prefix: string,
): Generator<readonly [string, string]> {
  for (const { key, value } of generation.effective.values()) {
    if (key.startsWith(prefix)) yield [key, mayRead(api.backend, key, authorized) ? value : REDACTED];
  }
}

function jsonDocument({ api, authorized }: Exchange, generation: Generation, prefix: string): string {
  const { facts } = generation;
  const { checkedAt, stale } = api.backend.freshness();
  const head = JSON.stringify({
    generation: generation.number,
    release: generation.release,
    digest: generation.digest,
    region: facts.region,
    zone: facts.zone,
    account: facts.account,
    role: facts.role ?? null,
    environment: facts.environment ?? null,
    instanceId: facts.instanceId,
    activatedAt: isoTime(generation.activatedAt),
    checkedAt: checkedAt === undefined ? null : isoTime(checkedAt),
    stale,
  });
  const properties =
    prefix === ''
      ? api.shelf.propertiesJson(generation, authorized)
      : propertiesText(api.backend, generation, prefix, authorized);
  return `${head.slice(0, -1)},"properties":${properties}}\n`;
}

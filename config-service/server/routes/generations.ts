import { isoTime } from '../../kit/iso-time.ts';
import type { Generation, GenerationDiff, LayerReport } from '../../generation.ts';
import type { Document } from '../backend/api-backend.ts';
import type { Exchange } from '../http/exchange.ts';
import type { ChangedValue } from '../../layers/diff.ts';
import { REDACTED } from '../http/redaction.ts';
import { sendJson, sendProblem } from '../http/reply.ts';
import { sendNoSuchRoute } from './no-such-route.ts';

/** `GET /v1/layers`: the order, weakest first, and what stands in each layer; `?keys=true`: which values are its own. */
export function getLayers(exchange: Exchange): void {
  const { backend } = exchange.api;
  const generation = backend.generation();
  const isAsked = new URLSearchParams(exchange.search).get('keys') === 'true';
  const layers = isAsked ? withKeys(backend.layers(), generation) : backend.layers();
  sendJson(exchange, 200, {
    generation: generation?.number ?? null,
    order: layers.map(({ name }) => name),
    layers,
  });
}

/** With the keys whose values in effect each layer gave. */
function withKeys(
  layers: readonly LayerReport[],
  generation: Generation | undefined,
): readonly (LayerReport & { readonly effective: readonly string[] })[] {
  const properties = [...(generation?.effective.values() ?? [])];
  const keys = Map.groupBy(properties, ({ winner }) => winner.layer);
  return layers.map((layer) => ({ ...layer, effective: (keys.get(layer.name) ?? []).map(({ key }) => key) }));
}

/** `GET /v1/generations`. */
export function getGenerations(exchange: Exchange): void {
  const generations = exchange.api.backend.generations().map(({ number, activatedAt, ...rest }) => ({
    generation: number,
    ...rest,
    activatedAt: isoTime(activatedAt),
  }));
  sendJson(exchange, 200, { generations });
}

/** `GET /v1/generations/{n}/diff`: what changed from the generation before to this one. */
export function getGenerationDiff(exchange: Exchange): void {
  const number = /^(\d{1,15})\/diff$/.exec(exchange.tail)?.[1];
  if (number === undefined) {
    sendNoSuchRoute(exchange);
    return;
  }
  const diff = exchange.api.backend.diff(Number(number));
  if (diff === undefined) {
    sendProblem(exchange, 404, {
      code: 'LF_REQUEST_INVALID',
      operation: 'compare',
      subject: `generation ${number}`,
      cause: 'it, or the one before it, is not remembered',
      hint: 'GET /v1/generations lists those that are.',
    });
    return;
  }
  sendJson(exchange, 200, diffDocument(exchange, diff));
}

function diffDocument({ authorized }: Exchange, diff: GenerationDiff): Document {
  const shown = (value: string, secret: boolean): string => (authorized || !secret ? value : REDACTED);
  const only = ({ key, value, secret = false }: ChangedValue): Document => ({
    key,
    value: shown(value, secret),
  });
  return {
    generation: diff.number,
    added: diff.added.map(only),
    removed: diff.removed.map(only),
    changed: diff.changed.map(({ key, before, after, secret = false }) => ({
      key,
      before: shown(before, secret),
      after: shown(after, secret),
    })),
  };
}

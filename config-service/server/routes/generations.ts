import type { GenerationDiff } from '../../generation.ts';
import type { Document } from '../desk.ts';
import type { Exchange } from '../exchange.ts';
import type { ChangedValue } from '../../layers/diff.ts';
import { REDACTED } from '../redaction.ts';
import { sendJson, sendProblem } from '../reply.ts';
import { sendNoSuchRoute } from './no-such-route.ts';

/** `GET /v1/layers`: the order, weakest first, and what stands in each layer. */
export function getLayers(exchange: Exchange): void {
  const { desk } = exchange.api;
  const layers = desk.layers();
  sendJson(exchange, 200, {
    generation: desk.generation()?.number ?? null,
    order: layers.map(({ name }) => name),
    layers,
  });
}

/** `GET /v1/generations`. */
export function getGenerations(exchange: Exchange): void {
  const generations = exchange.api.desk.generations().map(({ number, activatedAt, ...rest }) => ({
    generation: number,
    ...rest,
    activatedAt: new Date(activatedAt).toISOString(),
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
  const diff = exchange.api.desk.diff(Number(number));
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

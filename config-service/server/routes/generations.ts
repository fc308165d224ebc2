import type { GenerationDiff } from '../../generation.ts';
import type { Document } from '../desk.ts';
import type { Exchange } from '../exchange.ts';
import { mayRead, REDACTED } from '../redaction.ts';
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

function diffDocument({ api, authorized }: Exchange, diff: GenerationDiff): Document {
  const shown = (key: string, value: string): string =>
    mayRead(api.desk, key, authorized) ? value : REDACTED;
  return {
    generation: diff.number,
    added: diff.added.map(({ key, value }) => ({ key, value: shown(key, value) })),
    removed: diff.removed.map(({ key, value }) => ({ key, value: shown(key, value) })),
    changed: diff.changed.map(({ key, before, after }) => ({
      key,
      before: shown(key, before),
      after: shown(key, after),
    })),
  };
}

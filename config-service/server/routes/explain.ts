import { isoTime } from '../../kit/iso-time.ts';
import type { Generation } from '../../generation.ts';
import type { Property } from '../../layers/effective.ts';
import { factValue } from '../../layers/facts.ts';
import type { Document } from '../backend/api-backend.ts';
import type { Exchange } from '../http/exchange.ts';
import { keyInPath } from '../http/key-in-path.ts';
import { mayRead, REDACTED } from '../http/redaction.ts';
import { sendInvalid, sendJson, sendNotReady } from '../http/reply.ts';
import { sendNoSuchKey } from './no-such-key.ts';

/** `GET /v1/explain/{key}`: the value's whole story. */
export function getExplanation(exchange: Exchange): void {
  const key = keyInPath(exchange.tail);
  if (key === undefined) {
    sendInvalid(exchange, 'the key is not valid percent-encoding', 'Encode a % in a key as %25.');
    return;
  }
  const generation = exchange.api.backend.generation();
  if (generation === undefined) {
    sendNotReady(exchange);
    return;
  }
  const property = generation.effective.get(key);
  if (property === undefined) {
    sendNoSuchKey(exchange, key, generation);
    return;
  }
  sendJson(exchange, 200, explanation(exchange, generation, property), [
    'X-Landfall-Generation',
    String(generation.number),
  ]);
}

function explanation({ api, authorized }: Exchange, generation: Generation, property: Property): Document {
  const { key, winner } = property;
  const open = mayRead(api.backend, key, authorized);
  return {
    key,
    value: open ? (property.list ?? property.value) : REDACTED,
    raw: open ? property.raw : REDACTED,
    winner: { layer: winner.layer, file: winner.file, line: winner.line, object: winner.object },
    shadowed: property.shadowed.map(({ layer, file, line, raw }) => ({
      layer,
      file,
      line,
      raw: open ? raw : REDACTED,
    })),
    references: property.references.map((name) => {
      const secret = property.secrets?.find((one) => one.name === name);
      // Read by its name and not by a key: its text is nowhere but in the value.
      if (secret) return { key: name, value: REDACTED, version: secret.version };
      const value = mayRead(api.backend, name, authorized) ? referenced(generation, name) : REDACTED;
      return { key: name, value };
    }),
    generation: generation.number,
    since: isoTime(api.backend.since(key) ?? generation.activatedAt),
  };
}

/** Null when the name stands for nothing, so that the reference's default was taken. */
function referenced(generation: Generation, name: string): string | null {
  const value = name.startsWith('@')
    ? factValue(generation.facts, name)
    : generation.effective.get(name)?.value;
  return value ?? null;
}

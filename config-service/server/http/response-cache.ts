import type { OutgoingHttpHeader } from 'node:http';
import type { Generation } from '../../generation.ts';
import type { Property } from '../../layers/effective.ts';
import type { ApiBackend } from '../backend/api-backend.ts';
import { etagOfDigest, etagOfValue } from './etag.ts';
import { headersFor, TEXT_TYPE } from './headers.ts';
import { mayRead, REDACTED } from './redaction.ts';

/** A value ready to be written to a socket. */
export interface PreparedValue {
  readonly etag: string;
  readonly headers: OutgoingHttpHeader[];
  readonly body: string;
}

interface Prepared {
  readonly values: Map<string, PreparedValue>;
  propertiesJson: string | undefined;
}

/**
 * What has been rendered of a generation, for as long as that generation lives. Rendered when first asked for, once
 * with secrets and once without, so it holds at most twice what the generation holds.
 */
export class ResponseCache {
  readonly #backend: ApiBackend;
  readonly #open = new WeakMap<Generation, Prepared>();
  readonly #redacted = new WeakMap<Generation, Prepared>();

  constructor(backend: ApiBackend) {
    this.#backend = backend;
  }

  /** The plain-text answer for one key; undefined when the generation lacks it. */
  value(generation: Generation, key: string, authorized: boolean): PreparedValue | undefined {
    const { values } = this.#prepared(generation, authorized);
    const known = values.get(key);
    if (known !== undefined) return known;
    const property = generation.effective.get(key);
    if (property === undefined) return undefined;
    const fresh = this.#prepareValue(generation, property, authorized);
    values.set(key, fresh);
    return fresh;
  }

  /** All properties as the text of one JSON object, keys sorted. */
  propertiesJson(generation: Generation, authorized: boolean): string {
    const prepared = this.#prepared(generation, authorized);
    prepared.propertiesJson ??= propertiesText(this.#backend, generation, '', authorized);
    return prepared.propertiesJson;
  }

  #prepared(generation: Generation, authorized: boolean): Prepared {
    const side = authorized ? this.#open : this.#redacted;
    const known = side.get(generation);
    if (known !== undefined) return known;
    const fresh: Prepared = { values: new Map(), propertiesJson: undefined };
    side.set(generation, fresh);
    return fresh;
  }

  #prepareValue(generation: Generation, property: Property, authorized: boolean): PreparedValue {
    const open = mayRead(this.#backend, property.key, authorized);
    const body = open ? property.value : REDACTED;
    // The digest of a short secret gives it away; the generation's tells only that something changed.
    const etag = open ? etagOfValue(body) : etagOfDigest(generation.digest);
    const more = ['ETag', etag, 'Vary', 'Accept', 'X-Landfall-Generation', String(generation.number)];
    return { etag, body, headers: headersFor(TEXT_TYPE, body, more) };
  }
}

/**
 * The properties whose keys start with `prefix`, as the text of one JSON object. Put together by hand, because a
 * JavaScript object moves keys that look like numbers to the front and takes `__proto__` for something else.
 */
export function propertiesText(
  backend: ApiBackend,
  generation: Generation,
  prefix: string,
  authorized: boolean,
): string {
  const members: string[] = [];
  for (const { key, value, list } of generation.effective.values()) {
    if (!key.startsWith(prefix)) continue;
    const shown = mayRead(backend, key, authorized) ? (list ?? value) : REDACTED;
    members.push(`${JSON.stringify(key)}:${JSON.stringify(shown)}`);
  }
  return `{${members.join(',')}}`;
}

import { EVENT_SCHEMAS } from './events.ts';
import { LEDGER_SCHEMAS } from './pipelines.ts';
import {
  byName,
  CODE,
  COUNT,
  DIGEST,
  GENERATION,
  list,
  oneOf,
  orNull,
  record,
  ref,
  TEXT,
  TIME,
  told,
  TRUTH,
  type JsonSchema,
} from './shape.ts';
import { IDENTITY, STATUS, STORE } from './status.ts';

const REASONS = list(record({ code: CODE, message: TEXT }));

const VALUE: JsonSchema = {
  description: 'a text; a list is an array; `[redacted]` where it holds a secret and the reader has no token',
  anyOf: [TEXT, { type: 'array' }],
};

const PLACE = { layer: TEXT, file: TEXT, line: COUNT } as const;

const PROBLEM = {
  type: { type: 'string', format: 'uri' },
  title: TEXT,
  status: { type: 'integer', minimum: 400, maximum: 599 },
  detail: TEXT,
  code: told('one of docs/errors.md; never changes its meaning', CODE),
  hint: TEXT,
  operation: TEXT,
  subject: TEXT,
  cause: TEXT,
} as const;

const WHERE = record({ code: CODE, message: TEXT }, { file: TEXT, line: COUNT, column: COUNT });

/** What answers and requests are made of, by name. */
export const SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Problem: told('RFC 9457', record(PROBLEM, { problems: list(WHERE), reasons: REASONS })),
  Health: record({ status: oneOf('ok'), version: TEXT }),
  Ready: record({ ready: { const: true } }, { waits: told('lines for people', list(TEXT)) }),
  NotReady: record({ ready: { const: false }, reasons: REASONS }),
  Config: record({
    generation: GENERATION,
    release: orNull(TEXT),
    digest: told('SHA-256 of keys and values: equal digests, equal configuration', DIGEST),
    region: TEXT,
    zone: TEXT,
    account: TEXT,
    role: orNull(TEXT),
    environment: orNull(TEXT),
    instanceId: TEXT,
    activatedAt: TIME,
    checkedAt: told('the last check of the source that succeeded', orNull(TIME)),
    stale: told('the last check did not succeed', TRUTH),
    properties: byName(VALUE),
  }),
  PlacedValue: record({ key: TEXT, value: VALUE, ...PLACE, generation: GENERATION }),
  Explanation: record({
    key: TEXT,
    value: VALUE,
    raw: told('before interpolation', TEXT),
    winner: record({ ...PLACE, object: TEXT }),
    shadowed: list(record({ ...PLACE, raw: TEXT })),
    references: list(
      record(
        { key: TEXT, value: told('null: it fell back to its default', orNull(TEXT)) },
        { version: told('of a secret', TEXT) },
      ),
    ),
    generation: GENERATION,
    since: TIME,
  }),
  Layers: record({
    generation: orNull(GENERATION),
    order: told('weakest first', list(TEXT)),
    layers: list(
      record(
        {
          name: TEXT,
          state: oneOf('present', 'absent', 'unknown'),
          files: list(record({ path: TEXT, sha256: DIGEST, keys: COUNT })),
          keys: COUNT,
        },
        {
          reason: TEXT,
          store: ref('Store'),
          effective: told('keys whose values in effect are its own, with `?keys=true`', list(TEXT)),
        },
      ),
    ),
  }),
  Identity: IDENTITY,
  Status: STATUS,
  Store: STORE,
  Generations: record({
    generations: list(
      record(
        {
          generation: GENERATION,
          release: orNull(TEXT),
          digest: TEXT,
          keys: COUNT,
          state: oneOf('active', 'previous', 'refused'),
          activatedAt: TIME,
        },
        { refusal: record({ code: CODE, message: TEXT }) },
      ),
    ),
  }),
  Diff: record({
    generation: GENERATION,
    added: list(record({ key: TEXT, value: TEXT })),
    removed: list(record({ key: TEXT, value: TEXT })),
    changed: list(record({ key: TEXT, before: TEXT, after: TEXT })),
  }),
  Refreshed: record(
    { changed: TRUTH, generation: GENERATION },
    { secrets: record({ inUse: COUNT, changed: TRUTH, stale: COUNT }) },
  ),
  Override: {
    ...record({
      value: TEXT,
      for: told('a duration from 1s to 30d', { type: 'string', examples: ['1h'] }),
      reason: { type: 'string', minLength: 1, maxLength: 1000 },
    }),
    additionalProperties: false,
  },
  Overridden: record({ key: TEXT, generation: orNull(GENERATION) }, { reason: TEXT, expiresAt: TIME }),
  ...EVENT_SCHEMAS,
  ...LEDGER_SCHEMAS,
};

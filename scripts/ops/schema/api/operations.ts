import type { Paths } from '#config-service';
import { ALWAYS, answer, common, json, ORDERS, problem, type Answers } from './answers.ts';
import { EVENT_STREAM } from './events.ts';
import { ref, TEXT, type JsonSchema } from './shape.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly object[];
  readonly parameters: readonly object[];
  readonly requestBody?: object;
  readonly responses: Answers;
}

/** Who shows the token sees secrets. */
const READING = [{}, { token: [] }];
const WRITING = [{ token: [] }];

const KEY = parameter('path', 'key', 'percent-encoded; a `/` in it may stand as it is', TEXT);
const IF_NONE_MATCH = parameter('header', 'If-None-Match', 'the tag of what is known', TEXT);
const WAIT = parameter(
  'query',
  'wait',
  'a duration to hold for until the tag of `If-None-Match` is not true any more, at most 5m',
  { type: 'string', examples: ['30s'] },
);

const PAGE_HEADERS = [
  'Content-Security-Policy',
  'X-Frame-Options',
  'Referrer-Policy',
  'Cross-Origin-Opener-Policy',
  'Cross-Origin-Resource-Policy',
] as const;

const OF_A_GENERATION = ['ETag', 'X-Landfall-Generation'] as const;

const NOT_THERE = problem('what it refers to is not there');

/** What the server answers: a path or method that is missing here, or is none of the server's, is a type error. */
export const OPERATIONS: {
  readonly [P in keyof Paths]: Readonly<Record<Lowercase<Paths[P][number]>, Operation>>;
} = {
  '/': {
    get: read('getDashboard', 'the dashboard, for browsers', {
      200: answer('a page that asks the other paths', { 'text/html': TEXT }, PAGE_HEADERS),
      404: problem('`LANDFALL_DASHBOARD=off`'),
    }),
  },
  '/healthz': { get: read('getHealth', 'whether the process runs', { 200: json('it does', 'Health') }) },
  '/readyz': {
    get: read('getReadiness', 'whether a generation is active', {
      200: json('it is', 'Ready'),
      503: json('not yet, with the reasons', 'NotReady', ['Retry-After']),
    }),
  },
  '/metrics': {
    get: read('getMetrics', 'what the agent says of itself', {
      200: answer(
        'Prometheus text 0.0.4, or OpenMetrics 1.0 to who prefers it',
        { 'text/plain': TEXT, 'application/openmetrics-text': TEXT },
        ['Vary'],
      ),
    }),
  },
  '/v1/config': {
    get: read(
      'getConfig',
      'everything, keys sorted',
      {
        200: answer(
          'as `format` says',
          { 'application/json': ref('Config'), 'application/yaml': TEXT, 'text/plain': TEXT },
          OF_A_GENERATION,
        ),
        304: common('NotModified'),
        503: common('NotReady'),
      },
      [
        parameter('query', 'prefix', 'leaves other keys out', TEXT),
        parameter('query', 'format', 'default: json', {
          type: 'string',
          enum: ['json', 'yaml', 'properties', 'env'],
        }),
        WAIT,
        IF_NONE_MATCH,
      ],
    ),
  },
  '/v1/config/{key}': {
    get: read(
      'getValue',
      'one value',
      {
        200: answer(
          'the text and nothing else, or with its place to who prefers JSON',
          { 'text/plain': TEXT, 'application/json': ref('PlacedValue') },
          [...OF_A_GENERATION, 'Vary'],
        ),
        304: common('NotModified'),
        404: common('NoSuchKey'),
        503: common('NotReady'),
      },
      [KEY, WAIT, IF_NONE_MATCH],
    ),
  },
  '/v1/explain/{key}': {
    get: read(
      'explain',
      'where a value comes from, what it shadows and refers to',
      {
        200: json('its story', 'Explanation', ['X-Landfall-Generation']),
        404: common('NoSuchKey'),
        503: common('NotReady'),
      },
      [KEY],
    ),
  },
  '/v1/layers': {
    get: read(
      'getLayers',
      'the order, and what stands in each layer',
      { 200: json('weakest first', 'Layers') },
      [parameter('query', 'keys', '`true`: also the keys whose values are its own', TEXT)],
    ),
  },
  '/v1/identity': {
    get: read('getIdentity', 'the identity document, role, environment, tags', {
      200: json('never the signature', 'Identity'),
    }),
  },
  '/v1/status': {
    get: read('getStatus', 'what `landfall status --json` prints', {
      200: json('names, codes and digests, no value', 'Status'),
    }),
  },
  '/v1/generations': {
    get: read('getGenerations', 'the last 16 that were active and the last 16 that were refused', {
      200: json('newest first', 'Generations'),
    }),
  },
  '/v1/generations/{n}/diff': {
    get: read(
      'getDiff',
      'what changed from the generation before to this one',
      { 200: json('by key', 'Diff'), 404: problem('it, or the one before it, is not remembered') },
      [parameter('path', 'n', 'the number of a generation', { type: 'integer', minimum: 0 })],
    ),
  },
  '/v1/events': {
    get: read(
      'getEvents',
      'what happens, as server-sent events (docs/api.md lists them)',
      {
        200: answer('until the connection ends', { 'text/event-stream': EVENT_STREAM }),
        503: common('NotReady'),
      },
      [
        parameter('query', 'since', 'what came after this id; 0: all that is remembered', TEXT),
        parameter('header', 'Last-Event-ID', 'the same, as browsers send it', TEXT),
      ],
    ),
  },
  '/v1/refresh': {
    post: order('refresh', 'reads secrets and polls now', {
      200: json('when the outcome is known', 'Refreshed'),
      404: NOT_THERE,
    }),
  },
  '/v1/overrides/{key}': {
    put: {
      ...order('setOverride', 'one value for a while, on this instance', {
        200: json('in effect', 'Overridden'),
        404: NOT_THERE,
      }),
      parameters: [KEY],
      requestBody: { required: true, content: { 'application/json': { schema: ref('Override') } } },
    },
    delete: {
      ...order('unsetOverride', 'ends the override', {
        200: json('gone', 'Overridden'),
        404: problem('nothing overrides it (`LF_NO_SUCH_KEY`)'),
      }),
      parameters: [KEY],
    },
  },
};

function read(
  operationId: string,
  summary: string,
  responses: Answers,
  parameters: readonly object[] = [],
): Operation {
  return { operationId, summary, security: READING, parameters, responses: { ...ALWAYS, ...responses } };
}

function order(operationId: string, summary: string, responses: Answers): Operation {
  return {
    operationId,
    summary,
    security: WRITING,
    parameters: [],
    responses: { ...ALWAYS, ...ORDERS, ...responses },
  };
}

function parameter(
  place: 'path' | 'query' | 'header',
  name: string,
  description: string,
  schema: JsonSchema,
) {
  return { name, in: place, description, ...(place === 'path' ? { required: true } : {}), schema };
}

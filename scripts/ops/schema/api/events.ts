import type { EventKind } from '#config-service';
import {
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
import { REMOVED } from './status.ts';

const HAPPENED = { at: told('when it happened', TIME) } as const;
const OF_RELEASE = { number: GENERATION, release: orNull(TEXT) } as const;

const CHANGE = record(
  {
    entry: told('section of the plan and entry, such as `templates.nginx`', TEXT),
    subject: told('a path, a service, a package, an address, a volume', TEXT),
    action: TEXT,
  },
  { reason: TEXT },
);

const LEFT = record({ path: TEXT, kind: TEXT, reason: TEXT });

const NOTICE_SOURCE = oneOf('spot', 'rebalance', 'autoscaling', 'maintenance');
const LEAVING_SOURCE = oneOf('spot', 'autoscaling', 'shutdown');

/** `data` of an event by its kind, as `event` names it. A kind of the agent that is missing here is a type error. */
const DATA: Readonly<Record<EventKind, JsonSchema>> = {
  generation: told(
    'it is active',
    record({
      ...HAPPENED,
      ...OF_RELEASE,
      digest: DIGEST,
      keys: told('names of what changed, 1,000 at most', list(TEXT)),
    }),
  ),
  refused: told(
    'what was published did not become active, or an override was taken back after readers had seen it',
    record({ ...HAPPENED, ...OF_RELEASE, code: CODE }),
  ),
  source: {
    description: 'whether it can be followed; with `layer`: another store than the source',
    anyOf: [
      record({ ...HAPPENED, state: { const: 'fresh' } }, { layer: TEXT }),
      record({ ...HAPPENED, state: { const: 'stale' }, code: CODE }, { layer: TEXT }),
      record({ ...HAPPENED, state: { const: 'candidate-refused' }, release: TEXT, code: CODE }),
    ],
  },
  relocated: told(
    'this disk came from another region or account',
    record({
      ...HAPPENED,
      to: told('region of this instance', TEXT),
      from: orNull(record({ instanceId: TEXT, imageId: TEXT, account: TEXT })),
      mode: oneOf('purge', 'quarantine'),
      removed: list(REMOVED),
      left: list(LEFT),
      namesLost: TRUTH,
    }),
  ),
  applied: told(
    'what was changed on this host: with a generation by its plan, without one because a claim was lost or found again, or lines of ' +
      '/etc/hosts have expired',
    record(
      { ...HAPPENED, changes: told('1,000 at most', list(CHANGE)) },
      { number: GENERATION, release: orNull(TEXT) },
    ),
  ),
  override: {
    anyOf: [
      record({ ...HAPPENED, action: { const: 'set' }, key: TEXT, reason: TEXT, expiresAt: TIME }),
      record({ ...HAPPENED, action: oneOf('unset', 'expired'), key: TEXT }),
    ],
  },
  leak: told(
    'something of this host leads to another region, or does not any more',
    record({
      ...HAPPENED,
      action: oneOf('found', 'ended'),
      kind: oneOf('socket', 'name'),
      region: TEXT,
      service: orNull(TEXT),
      process: orNull(TEXT),
      pid: orNull(COUNT),
      unit: orNull(TEXT),
      to: told('three at most', list(TEXT)),
      host: orNull(TEXT),
      keys: list(TEXT),
    }),
  ),
  termination: {
    description:
      'what is announced of the end of this instance, and the steps of leaving (docs/termination.md)',
    anyOf: [
      record(
        {
          at: told(
            'when that happens which is announced; where the notice does not say, when it was read',
            TIME,
          ),
          phase: { const: 'notice' },
          source: NOTICE_SOURCE,
          action: TEXT,
          decision: oneOf('leave', 'note', 'return'),
        },
        { id: TEXT, state: TEXT },
      ),
      record({
        ...HAPPENED,
        phase: { const: 'notice-hooks' },
        source: NOTICE_SOURCE,
        action: TEXT,
        outcome: oneOf('done', 'failed'),
      }),
      record({
        ...HAPPENED,
        phase: { const: 'leaving' },
        source: LEAVING_SOURCE,
        action: TEXT,
        withinMs: COUNT,
      }),
      record({
        ...HAPPENED,
        phase: { const: 'step' },
        step: oneOf('hooks', 'drain', 'claims', 'lifecycle'),
        outcome: oneOf('done', 'failed', 'late'),
      }),
      record({ ...HAPPENED, phase: { const: 'left' }, source: LEAVING_SOURCE, action: TEXT }),
      record({
        ...HAPPENED,
        phase: { const: 'launch' },
        told: { const: 'autoscaling' },
        hook: TEXT,
        result: oneOf('CONTINUE', 'ABANDON'),
      }),
      record({
        ...HAPPENED,
        phase: { const: 'launch' },
        told: { const: 'cloudformation' },
        stack: TEXT,
        resource: TEXT,
        result: oneOf('SUCCESS', 'FAILURE'),
      }),
    ],
  },
};

const nameOf = (kind: string): string => `${kind.charAt(0).toUpperCase()}${kind.slice(1)}Event`;

/** By name: one for the data of each kind, and `Event` for what stands between two empty lines of the stream. */
export const EVENT_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  ...Object.fromEntries(Object.entries(DATA).map(([kind, data]) => [nameOf(kind), data])),
  Event: {
    description: 'one block of the stream, by its fields; they name keys, codes and digests, never values',
    anyOf: Object.keys(DATA).map((kind) =>
      record({
        id: told('grows by one with each event in the life of the agent', {
          type: 'string',
          pattern: String.raw`^\d+$`,
        }),
        event: { const: kind },
        data: {
          type: 'string',
          contentMediaType: 'application/json',
          contentSchema: ref(nameOf(kind)),
        },
      }),
    ),
  },
};

/** OpenAPI 3.1 has no word for the parts of a stream; JSON Schema has one for what is in a text. */
export const EVENT_STREAM: JsonSchema = {
  type: 'string',
  contentMediaType: 'text/event-stream',
  contentSchema: list(ref('Event')),
};

import type { Field } from '#agent/plan/plan-field.ts';
import {
  ADDRESS,
  ALLOW,
  BUCKET,
  CLOUD_FORMATION,
  ENVIRONMENT_FILE,
  FILE,
  HOOK,
  HOST,
  INIT,
  LEAK_ALLOWANCE,
  LEAK_MODE,
  PEERS,
  SCRIPT,
  SERVICE,
  SIGNALS,
  STRICTNESS,
  TEMPLATE,
  VOLUME,
} from '#agent/plan/plan-sections.ts';
import { HOOK_EVENTS } from '#agent/plan/plan.ts';
import { fieldSchema, type JsonSchema } from './field-schema.ts';

type Fields = Readonly<Record<string, Field<unknown>>>;

const TEXT: JsonSchema = { type: ['string', 'number'] };

/** JSON Schema of plan.yaml: the sections here, their fields by what lint reads them with. */
export function planSchema(): object {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'plan.yaml of a layer of Landfall (docs/plan.md)',
    ...record({
      require: { type: 'array', items: TEXT },
      schema: { ...TEXT, description: 'a JSON Schema of the layer over the effective properties' },
      guard: record({ allow: listOf(fields(ALLOW)), ...propertiesOf(STRICTNESS) }),
      leaks: record({ ...propertiesOf(LEAK_MODE), allow: listOf(fields(LEAK_ALLOWANCE)) }),
      peers: fields(PEERS),
      scripts: entries(SCRIPT),
      templates: entries(TEMPLATE),
      files: entries(FILE),
      environmentFiles: entries(ENVIRONMENT_FILE),
      hosts: entries(HOST),
      services: entries(SERVICE),
      hooks: record(Object.fromEntries(HOOK_EVENTS.map((event) => [event, listed(HOOK)]))),
      init: listed(INIT),
      packages: { type: 'object', additionalProperties: { type: ['object', 'null'] } },
      buckets: entries(BUCKET),
      claims: record({ address: fields(ADDRESS), volumes: entries(VOLUME) }),
      logs: {
        type: 'object',
        additionalProperties: { type: ['object', 'null'] },
        description: 'docs/telemetry.md',
      },
      metrics: { type: 'object', description: 'docs/metrics.md' },
      signals: record({ ...propertiesOf(SIGNALS), cloudFormation: fields(CLOUD_FORMATION) }),
    }),
  };
}

function propertiesOf(of: Fields): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(Object.entries(of).map(([name, one]) => [name, fieldSchema(one)]));
}

/** `null` takes away what a weaker layer says. */
function record(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const members = Object.entries(properties).map(([name, one]) => [name, { anyOf: [one, { type: 'null' }] }]);
  return { type: 'object', additionalProperties: false, properties: Object.fromEntries(members) };
}

function fields(of: Fields): JsonSchema {
  return record(propertiesOf(of));
}

function entries(of: Fields): JsonSchema {
  return { type: 'object', additionalProperties: { anyOf: [fields(of), { type: 'null' }] } };
}

/** A list, a map of names, or one text, as hooks and init documents may be written; each of them may be a text, too. */
function listed(of: Fields): JsonSchema {
  const item = record({ name: TEXT, ...propertiesOf(of) });
  const named = { anyOf: [TEXT, fields(of), { type: 'null' }] };
  return {
    anyOf: [TEXT, listOf({ anyOf: [TEXT, item] }), { type: 'object', additionalProperties: named }],
  };
}

function listOf(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

/** JSON Schema 2020-12, as OpenAPI 3.1 has it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export const TEXT: JsonSchema = { type: 'string' };
export const COUNT: JsonSchema = { type: 'integer', minimum: 0 };
export const NUMBER: JsonSchema = { type: 'number' };
export const TRUTH: JsonSchema = { type: 'boolean' };
export const TIME: JsonSchema = { type: 'string', format: 'date-time' };
export const DURATION: JsonSchema = { type: 'string', pattern: String.raw`^\d`, examples: ['1h30m'] };
export const DIGEST: JsonSchema = { type: 'string', pattern: '^[0-9a-f]{64}$' };
export const CODE: JsonSchema = { type: 'string', pattern: '^LF_[A-Z0-9_]+$' };
export const GENERATION: JsonSchema = { ...COUNT, description: 'counts from 1 within the life of the agent' };

export function told(description: string, schema: JsonSchema): JsonSchema {
  return { description, ...schema };
}

export function orNull(schema: JsonSchema): JsonSchema {
  const { type } = schema;
  return typeof type === 'string' && schema['enum'] === undefined
    ? { ...schema, type: [type, 'null'] }
    : { anyOf: [schema, { type: 'null' }] };
}

export function oneOf(...choices: readonly string[]): JsonSchema {
  return { type: 'string', enum: choices };
}

export function list(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

/** Members whose names are data. */
export function byName(of: JsonSchema): JsonSchema {
  return { type: 'object', additionalProperties: of };
}

type Members = Readonly<Record<string, JsonSchema>>;

/** An object that always has these, and these at times. Others may come with a later version: readers leave them out. */
export function record(always: Members, atTimes: Members = {}): JsonSchema {
  return { type: 'object', required: Object.keys(always), properties: { ...always, ...atTimes } };
}

export function ref(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

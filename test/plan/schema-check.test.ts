import { describe, expect, it } from 'vitest';
import { loadSchemaCheck } from '#agent/plan/schema-check.ts';
import { resolve } from '../../config-service/layers/resolve.ts';
import { layerOf, payrollFacts } from '../support/layer-generator.ts';

/** One in each draft: what is loaded is what these are written in. */
const DRAFTS = [
  'http://json-schema.org/draft-07/schema#',
  'https://json-schema.org/draft/2019-09/schema',
  undefined,
].map(($schema) => ({ bytes: new TextEncoder().encode(JSON.stringify({ $schema })) }));
const check = await loadSchemaCheck(DRAFTS);

/** Problems as `code file:line message`. */
function judge(schema: unknown, properties: string, file = 'app.properties'): readonly string[] {
  const text = typeof schema === 'string' ? schema : JSON.stringify(schema);
  const base = layerOf('base', { [file]: properties });
  const resolution = resolve({ layers: [base], facts: payrollFacts, overrides: [] });
  if (resolution.kind === 'rejected') throw new Error(JSON.stringify(resolution.problems));
  const [schemaFile] = layerOf('base', { 'schema.json': text }).files;
  const problems = check([{ layer: 'base', path: 'schema.json' }], () => schemaFile, resolution.effective);
  return problems.map((one) => `${one.code} ${one.file}${one.line ? `:${one.line}` : ''} ${one.message}`);
}

describe('a JSON Schema over flat keys', () => {
  const schema = {
    type: 'object',
    required: ['db.host'],
    properties: {
      'db.port': { type: 'integer', minimum: 1, maximum: 65_535 },
      'db.tls': { type: 'boolean' },
      'mail.from': { type: 'string', format: 'email' },
      hosts: { type: 'array', items: { type: 'string', pattern: '^web' }, minItems: 2 },
    },
  };

  it('takes texts for what the schema asks for', () => {
    expect(judge(schema, 'db.host = a\ndb.port = 5432\ndb.tls = true\nmail.from = a@b.example\n')).toEqual(
      [],
    );
  });

  it.each([
    [{ const: true }, 'Yes', true],
    [{ const: true }, 'off', false],
    [{ enum: [1, 2, 3] }, '2', true],
    [{ enum: [1, 2, 3] }, '4', false],
    [{ enum: ['auto', 1, '2', 2] }, 'auto', true],
    [{ enum: ['auto', 1, '2'] }, '2', true],
    [{ enum: ['auto', 1] }, '1', true],
    [{ enum: ['auto', 1] }, 'off', false],
    [{ minimum: 1, maximum: 65_535 }, '70000', false],
    [{ multipleOf: 7 }, '8080', false],
    [{ multipleOf: 7 }, '8078', true],
    [{ maximum: 5, maxLength: 3 }, '700', true],
    [{ const: null }, '', true],
  ] as const)(
    'without a type tells by its values and keywords what is meant: %j, %j, %s',
    (part, text, isFine) => {
      expect(judge({ properties: { k: part } }, `k=${text}\n`)).toHaveLength(isFine ? 0 : 1);
    },
  );

  it.each([
    ...['yes', 'True', 'on', '1', 'T', 'off', ' no '].map((text) => ['boolean', text, true] as const),
    ...['ja', '2', '""'].map((text) => ['boolean', text, false] as const),
    ...['8080', '+5', '007', '-1'].map((text) => ['integer', text, true] as const),
    ...['8080 ', '0x10', '1e3', '1.0', '9007199254740993'].map((text) => ['integer', text, false] as const),
    ...['1.5', '-2e3', '.5'].map((text) => ['number', text, true] as const),
    ...['0x10', '1_000', 'NaN', '1.5 '].map((text) => ['number', text, false] as const),
  ])('reads %s as a typed read does: %j %s', (type, text, isFine) => {
    const properties = `k = ${text.replace(/^ /, '\\ ')}\n`;
    const inAnyOf = { anyOf: [{ $ref: '#/$defs/t' }], $defs: {} };
    for (const part of [
      { type },
      { allOf: [{ type }] },
      { $ref: '#/$defs/t' },
      { type: [type, 'null'] },
      inAnyOf,
    ]) {
      const found = judge({ $defs: { t: { type } }, properties: { k: part } }, properties);
      expect(found.length === 0, JSON.stringify(part)).toBe(isFine);
    }
    expect(judge({ patternProperties: { '^k': { type } } }, properties).length === 0).toBe(isFine);
    expect(judge({ additionalProperties: { type } }, properties).length === 0).toBe(isFine);
  });

  it('leaves a text a text where one is allowed', () => {
    expect(
      judge({ properties: { k: { type: ['integer', 'string'], minLength: 2 } } }, 'k = 8\n'),
    ).toHaveLength(1);
  });

  it('names key and place of each value that does not fit, and never the value', () => {
    expect(judge(schema, 'db.host = a\ndb.port = geheim\n\ndb.tls = geheim\nmail.from = geheim\n')).toEqual([
      'LF_SCHEMA base/app.properties:2 db.port must be integer, says base/schema.json',
      'LF_SCHEMA base/app.properties:4 db.tls must be boolean, says base/schema.json',
      'LF_SCHEMA base/app.properties:5 mail.from must match format "email", says base/schema.json',
    ]);
  });

  it('has only itself to point at where a key is missing', () => {
    expect(judge(schema, 'x = 1\n')).toEqual([
      'LF_SCHEMA base/schema.json db.host has no value, and base/schema.json requires one',
    ]);
  });

  it('points at a key it does not know', () => {
    expect(judge({ properties: { a: {} }, additionalProperties: false }, 'a = 1\nb/c = 2\n')).toEqual([
      'LF_SCHEMA base/app.properties:2 b/c is a key that base/schema.json does not know',
    ]);
  });

  it('sees typed lists, and names the item', () => {
    expect(judge(schema, 'db: { host: a }\nhosts: [web1, db1]\n', 'a.yaml')).toEqual([
      'LF_SCHEMA base/a.yaml:2 hosts.1 must match pattern "^web", says base/schema.json',
    ]);
  });
});

describe('a JSON Schema that describes maps', () => {
  const schema = {
    properties: {
      db: { type: 'object', required: ['host'], properties: { port: { type: 'integer' } } },
      hosts: { type: 'array', maxItems: 1 },
    },
    additionalProperties: false,
  };

  it('sees the keys nested, lists once', () => {
    expect(judge(schema, 'db: { host: a, port: 1 }\nhosts: [a]\n', 'a.yaml')).toEqual([]);
    expect(judge(schema, 'db: { port: x }\nhosts: [a, { b: 1 }]\nother: { one: 1 }\n', 'a.yaml')).toEqual([
      'LF_SCHEMA base/schema.json other is a key that base/schema.json does not know',
      'LF_SCHEMA base/schema.json db.host has no value, and base/schema.json requires one',
      'LF_SCHEMA base/a.yaml:1 db.port must be integer, says base/schema.json',
      'LF_SCHEMA base/a.yaml:2 hosts must NOT have more than 1 items, says base/schema.json',
    ]);
  });

  it('takes the map where a key has both a value and keys below it', () => {
    expect(judge(schema, 'db = x\ndb.host = a\n')).toEqual([]);
    expect(judge(schema, 'db.host = a\ndb = x\n')).toEqual([]);
  });
});

describe('what is no schema', () => {
  it.each([
    ['{', /it is not a JSON object$/],
    ['[]', /it is not a JSON object$/],
    [{ type: 'strnig' }, /schema is invalid/],
    [{ requried: ['a'] }, /unknown keyword: "requried"/],
    [
      { $ref: 'https://schemas.example.com/a.json' },
      /can't resolve reference https:\/\/schemas\.example\.com/,
    ],
    [{ $ref: 'other.json' }, /can't resolve reference/],
    [{ $schema: 'http://json-schema.org/draft-04/schema#' }, /\$schema is none of/],
    [{ properties: { a: { pattern: '(?=x)' } } }, /it is no valid JSON Schema/],
  ])('%j', (schema, message) => {
    const [problem, ...others] = judge(schema, 'a = 1\n');
    expect(others).toEqual([]);
    expect(problem).toMatch(/^LF_SCHEMA base\/schema\.json /);
    expect(problem).toMatch(message);
  });

  it('may call itself by an address, for nothing is fetched', () => {
    for (const $schema of [
      'http://json-schema.org/draft-07/schema#',
      'https://json-schema.org/draft/2019-09/schema',
      'https://json-schema.org/draft/2020-12/schema',
    ]) {
      expect(
        judge({ $schema, $id: 'https://schemas.example.com/a.json', required: ['a'] }, 'a = 1\n'),
      ).toEqual([]);
    }
  });
});

it('lists the first fifty and counts the rest', () => {
  const properties = Array.from({ length: 60 }, (_, index) => `k${index} = x\n`).join('');
  const found = judge({ patternProperties: { '^k': { type: 'integer' } } }, properties);
  expect(found).toHaveLength(51);
  expect(found.at(-1)).toMatch(/and 10 more$/);
});

it('takes linear time where a regular expression of JavaScript would not', () => {
  const schema = { properties: { a: { pattern: '^(x+x+)+y$' } } };
  expect(judge(schema, `a = ${'x'.repeat(5000)}\n`)).toHaveLength(1);
});

it('says nothing of a schema that is not there: that is a problem of the plan', () => {
  expect(check([{ layer: 'base', path: 'schema.json' }], () => undefined, new Map())).toEqual([]);
});

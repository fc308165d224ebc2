import { booleanOf, integerOf, numberOf } from '#config-service';
import { isJsonList, isJsonObject, type Json, type JsonObject } from './json.ts';

/** Whether a property of this name is meant by a `patternProperties` of a schema. */
export type Matches = (pattern: string, name: string) => boolean;

/**
 * Properties are texts. Where a schema wants a boolean, an integer or a number and no text, a text becomes one exactly when a
 * typed read of the property would give one: `yes` is true, and neither `8080 ` nor `0x10` is an integer. Where it wants null,
 * the empty text is it. Anything else stays the text it is, and the schema says what is wrong with it.
 */
export function coerceTexts(root: JsonObject, value: JsonObject, matches: Matches): JsonObject {
  const coerce = (part: Json, schemas: readonly Json[]): Json => {
    const meant = expand(root, schemas);
    if (typeof part === 'string') return coerceText(part, meant);
    if (typeof part !== 'object' || part === null) return part;
    if (isJsonList(part)) return part.map((item, index) => coerce(item, itemSchemas(meant, index)));
    return Object.fromEntries(
      Object.entries(part).map(([name, member]) => [
        name,
        coerce(member, memberSchemas(meant, name, matches)),
      ]),
    );
  };
  return coerce(value, [root]) as JsonObject;
}

function coerceText(text: string, schemas: readonly JsonObject[]): Json {
  const types = new Set(schemas.flatMap((schema) => typesOf(schema, text)).filter(isText));
  if (types.has('string')) return text;
  const readings = [
    types.has('integer') ? integerOf(text) : undefined,
    types.has('number') ? numberOf(text) : undefined,
    types.has('boolean') ? booleanOf(text) : undefined,
  ];
  return (
    readings.find((reading) => reading !== undefined) ?? (types.has('null') && text === '' ? null : text)
  );
}

const OF_NUMBERS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'];
const OF_TEXTS = ['pattern', 'minLength', 'maxLength', 'format'];

/** Without a `type` the values that are listed, and keywords that say nothing of a text, tell what is meant. */
function typesOf(schema: JsonObject, text: string): readonly Json[] {
  const { type, enum: listed, const: only } = schema;
  if (type !== undefined) return isJsonList(type) ? type : [type];
  const values = [...(isJsonList(listed) ? listed : []), ...(only === undefined ? [] : [only])];
  const has = (keywords: readonly string[]): boolean => keywords.some((name) => Object.hasOwn(schema, name));
  return [
    ...values.filter((value) => !isText(value) || value === text).map((value) => typeNameOf(value)),
    ...(has(OF_NUMBERS) ? ['number'] : []),
    ...(has(OF_TEXTS) ? ['string'] : []),
  ];
}

function typeNameOf(value: Json): string {
  return value === null ? 'null' : typeof value;
}

const COMBINED = ['allOf', 'anyOf', 'oneOf'] as const;
const BRANCHES = ['if', 'then', 'else'] as const;

/** The schemas themselves with all that they combine and refer to within their document. */
function expand(root: JsonObject, schemas: readonly Json[]): readonly JsonObject[] {
  const found = new Set<JsonObject>();
  const pending: (Json | undefined)[] = [...schemas];
  while (pending.length > 0) {
    const schema = pending.pop();
    if (!isJsonObject(schema) || found.has(schema)) continue;
    found.add(schema);
    const { $ref } = schema;
    if (typeof $ref === 'string') pending.push(targetOf(root, $ref));
    for (const name of COMBINED) if (isJsonList(schema[name])) pending.push(...schema[name]);
    for (const name of BRANCHES) pending.push(schema[name]);
  }
  return [...found];
}

/** Of `#` and `#/$defs/port`; anchors and other documents are left to the schema's own judge. */
function targetOf(root: JsonObject, reference: string): Json | undefined {
  if (reference !== '#' && !reference.startsWith('#/')) return undefined;
  let node: Json | undefined = root;
  for (const part of decodeURI(reference).split('/').slice(1)) {
    const name: string = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (isJsonList(node)) node = node[Number(name)];
    else node = isJsonObject(node) ? node[name] : undefined;
  }
  return node;
}

/** `prefixItems` and `items` of 2020-12; a list of `items` with `additionalItems` behind it before that. */
function itemSchemas(schemas: readonly JsonObject[], index: number): readonly Json[] {
  return schemas.flatMap(({ prefixItems, items, additionalItems }) => {
    const [first, rest] = isJsonList(items) ? [items, additionalItems] : [prefixItems, items];
    const own = isJsonList(first) ? first[index] : undefined;
    return [own ?? rest ?? []].flat();
  });
}

function memberSchemas(schemas: readonly JsonObject[], name: string, matches: Matches): readonly Json[] {
  return schemas.flatMap(({ properties, patternProperties, additionalProperties }) => {
    const own = isJsonObject(properties) && Object.hasOwn(properties, name) ? [properties[name] ?? {}] : [];
    const patterns = isJsonObject(patternProperties) ? Object.entries(patternProperties) : [];
    const matching = patterns.flatMap(([pattern, schema]) => (matches(pattern, name) ? [schema] : []));
    if (own.length > 0 || matching.length > 0) return [...own, ...matching];
    return additionalProperties === undefined ? [] : [additionalProperties];
  });
}

function isText(value: Json): value is string {
  return typeof value === 'string';
}

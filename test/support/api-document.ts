import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { apiDocument } from '#scripts/ops/schema/api-document.ts';
import type { Answer } from './raw-http.ts';

interface Described {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, object>>;
}

type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, object>>>>;
};

export const API = JSON.parse(JSON.stringify(apiDocument())) as Document;

/** What HTTP itself adds, and what OpenAPI leaves to the content. */
const TRANSPORT: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'transfer-encoding',
]);

/** Paths of the document with the method that asks, as `METHOD /path`. */
export const DOCUMENTED: readonly string[] = Object.entries(API.paths).flatMap(([path, operations]) =>
  Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
);

/**
 * What of an answer is not as the document says: nothing when it is, or when the path is none of the document's. Members that it does not
 * name count, though readers leave them out: one that is new has to be written down.
 */
export function undocumented(method: string, target: string, answer: Answer): readonly string[] {
  const [path = ''] = target.split('?');
  const found = templateOf(path);
  if (found === undefined) return [];
  const asked = (method === 'HEAD' ? 'GET' : method).toLowerCase();
  const operation = API.paths[found]?.[asked];
  const { status, headers } = answer;
  if (operation === undefined)
    return status === 405 || status === 404 ? [] : [`${method} ${found}: ${status}`];
  const described = follow(operation.responses[String(status)]) as Described | undefined;
  const place = `${method} ${target} ${status}`;
  if (described === undefined) return [`${place}: the status is not in the document`];
  const problems = [
    ...headerProblems(described, headers),
    ...bodyProblems(described, answer, method === 'HEAD'),
  ];
  return problems.map((problem) => `${place}: ${problem}`);
}

/** @throws when the answer is not as the document says. */
export function mustBeDocumented(method: string, target: string, answer: Answer): Answer {
  const problems = undocumented(method, target, answer);
  if (problems.length > 0) throw new Error(`docs/openapi.json does not say this:\n${problems.join('\n')}`);
  return answer;
}

/** An event of the stream: what of it is not as the document says; nothing when it is. */
export function undocumentedEvent(kind: string, data: unknown): readonly string[] {
  const schema = EVENT_DATA.get(kind);
  if (schema === undefined) return [`the event ${kind} is not in the document`];
  return schemaProblems(schema, data).map((problem) => `event ${kind}: ${problem}`);
}

/** Fields of the blocks of a stream, as the HTML standard has them, as far as they are used. */
export function eventsIn(text: string): readonly SentEvent[] {
  // The last one has not ended.
  const blocks = text.split('\n\n').slice(0, -1);
  return blocks.flatMap((block) => {
    const fields = new Map(
      block.split('\n').flatMap((line) => {
        const [, name, value] = /^(id|event|data): (.*)$/.exec(line) ?? [];
        return name === undefined || value === undefined ? [] : [[name, value] as const];
      }),
    );
    const data = fields.get('data');
    if (data === undefined) return [];
    const event = fields.get('event') ?? '';
    return [{ id: Number(fields.get('id')), event, data: JSON.parse(data) as SentEvent['data'] }];
  });
}

export interface SentEvent {
  readonly id: number;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** @throws when an event of the stream is not as the document says. */
export function mustBeDocumentedEvents(text: string): readonly SentEvent[] {
  const events = eventsIn(text);
  const problems = events.flatMap(({ event, data }) => undocumentedEvent(event, data));
  if (problems.length > 0)
    throw new Error(`docs/openapi.json does not say this:\n${problems.join('\n')}\n${text}`);
  return events;
}

/** Of each kind, as `Event` refers to them. */
const EVENT_DATA: ReadonlyMap<string, object> = new Map(
  ((API.components['schemas'] ?? {})['Event'] as EventSchema).anyOf.map(({ properties: { event, data } }) => [
    event.const,
    data.contentSchema,
  ]),
);

interface EventSchema {
  readonly anyOf: readonly {
    readonly properties: {
      readonly event: { readonly const: string };
      readonly data: { readonly contentSchema: object };
    };
  }[];
}

function templateOf(path: string): string | undefined {
  if (API.paths[path]) return path;
  return Object.keys(API.paths).find((template) => {
    const [start = '', end = ''] = template.split(/\{\w+\}/);
    const isLong = path.length > start.length + end.length;
    return template.includes('{') && isLong && path.startsWith(start) && path.endsWith(end);
  });
}

function headerProblems(described: Described, headers: Answer['headers']): readonly string[] {
  const named = Object.entries(described.headers ?? {}).map(
    ([name, header]) =>
      [name.toLowerCase(), follow(header) as { required: boolean; schema: object }] as const,
  );
  const known = new Set(named.map(([name]) => name));
  const strange = Object.keys(headers).filter((name) => !known.has(name) && !TRANSPORT.has(name));
  return [
    ...strange.map((name) => `the header ${name} is not in the document`),
    ...named.flatMap(([name, { required, schema }]) => {
      const value = headers[name];
      if (value === undefined) return required ? [`the header ${name} is missing`] : [];
      return schemaProblems(schema, value).map((problem) => `the header ${name} ${problem}`);
    }),
  ];
}

function bodyProblems({ content }: Described, { headers, text }: Answer, isHead: boolean): readonly string[] {
  const type = headers['content-type']?.split(';')[0];
  if (content === undefined)
    return text === '' && type === undefined ? [] : [`a body, where the document has none`];
  const schema = content[type ?? '']?.schema;
  if (schema === undefined) return [`the type ${type} is not in the document`];
  if (isHead) return text === '' ? [] : ['a body after HEAD'];
  return schemaProblems(schema, type?.endsWith('json') ? (JSON.parse(text) as unknown) : text);
}

function schemaProblems(schema: object, value: unknown): readonly string[] {
  const validate = compiled(schema);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

let ajv: Ajv2020 | undefined;
const known = new Map<object, ValidateFunction>();

function compiled(schema: object): ValidateFunction {
  const before = known.get(schema);
  if (before) return before;
  ajv ??= newAjv();
  const made = ajv.compile(closed(schema) as object);
  known.set(schema, made);
  return made;
}

function newAjv(): Ajv2020 {
  const made = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(made);
  made.addSchema({
    $id: 'https://landfall.invalid/api',
    components: { schemas: closed(API.components['schemas']) },
  });
  return made;
}

/** With no room for members that are not named, and references to the document from elsewhere. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const parts = Object.entries(schema).map(([name, part]): [string, unknown] =>
    name === '$ref' && typeof part === 'string'
      ? [name, `https://landfall.invalid/api${part}`]
      : [name, closed(part)],
  );
  const isRecord =
    (schema as { properties?: unknown; type?: unknown }).type === 'object' && 'properties' in schema;
  return { ...(isRecord ? { additionalProperties: false } : {}), ...Object.fromEntries(parts) };
}

/** What a reference within the document means. */
function follow(part: unknown): unknown {
  const name = (part as { readonly $ref?: string } | undefined)?.$ref;
  if (name === undefined) return part;
  const [, , kind = '', of = ''] = name.split('/');
  return API.components[kind]?.[of];
}

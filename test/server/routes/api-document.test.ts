import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fail, ok, retry } from '#kit/outcome.ts';
import { PATHS } from '../../../config-service/server/routes/paths.ts';
import { EVENT_KINDS } from '../../../agent/dashboard/page/documents.ts';
import {
  API,
  DOCUMENTED,
  eventsIn,
  undocumented,
  undocumentedEvent,
  type SentEvent,
} from '../../support/api-document.ts';
import { READ_TOKEN, startApi, TOKEN, type ApiBench } from '../../support/api-bench.ts';
import { ask, type Answer, type Ask } from '../../support/raw-http.ts';
import { rememberedEvents } from '../../support/remembered-events.ts';

let api: ApiBench;
let bare: ApiBench;
beforeAll(async () => {
  api = await startApi([], async () => '<!doctype html><title>x</title>');
  bare = await startApi();
  api.backend.activate({ a: '1', list: { value: '["x"]', list: ['x'] }, password: 'hunter2' });
  api.backend.secrets.add('password');
  api.backend.diffs.set(1, {
    number: 1,
    added: [{ key: 'a', value: '1' }],
    removed: [{ key: 'b', value: '2', secret: true }],
    changed: [{ key: 'c', before: '1', after: '2' }],
  });
});
afterAll(async () => {
  await api.stop();
  await bare.stop();
});

const FAULT = { operation: 'read', subject: 's3://b/current.json', cause: 'it said no', hint: 'Look there.' };
const WRITES = { authorization: `Bearer ${TOKEN}` };
const LARGE = Buffer.alloc(70_000);

async function problemsOf(question: Ask, of = api): Promise<readonly [number, readonly string[]]> {
  const answer = await ask(of.tcp, question);
  return [answer.status, undocumented(question.method ?? 'GET', question.path, answer)];
}

describe('docs/openapi.json', () => {
  it('is OpenAPI 3.1, by the schema of the OpenAPI Initiative', async () => {
    const validator = new Validator();
    const document = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as Record<string, unknown>;
    expect(await validator.validate(document)).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    expect(await new Validator().validate({ ...document, paths: { config: {} } })).toMatchObject({
      valid: false,
    });
  });

  it('has every path and method of the server, and no other', () => {
    const routes = Object.entries(PATHS).flatMap(([path, methods]) => methods.map((one) => `${one} ${path}`));
    expect(DOCUMENTED.toSorted()).toEqual(routes.toSorted());
  });

  it('gives each operation a name of its own', () => {
    const names = Object.values(API.paths).flatMap((path) =>
      Object.values(path).map((one) => one.operationId),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  it('refers to nothing that is not there', () => {
    const text = JSON.stringify(API);
    for (const [, kind = '', name = ''] of text.matchAll(/"\$ref":"#\/components\/(\w+)\/([\w-]+)"/g))
      expect(API.components[kind]?.[name], `${kind}/${name}`).toBeDefined();
  });
});

describe('the server answers as docs/openapi.json says', () => {
  it.each(DOCUMENTED)('%s: the path is there, and so is the method', async (operation) => {
    const [method = '', template = ''] = operation.split(' ');
    const path = template.replace('{key}', 'a').replace('{n}', '1');
    const signal = AbortSignal.timeout(5000);
    const asked = method === 'GET' && path === '/v1/events' ? 'HEAD' : method;
    const answer = await ask(api.tcp, { method: asked, path, headers: {}, signal });
    expect(answer.status).toBe(method === 'GET' ? 200 : 401);
    const other = await ask(api.tcp, { method: 'PATCH', path });
    const allowed = Object.keys(API.paths[template] ?? {}).map((one) => one.toUpperCase());
    expect(other.status).toBe(405);
    expect(other.headers.allow?.split(', ').filter((one) => one !== 'HEAD')).toEqual(allowed);
  });

  it.each<readonly [number, Ask]>([
    [200, { path: '/' }],
    [200, { path: '/healthz' }],
    [200, { path: '/readyz' }],
    [200, { path: '/metrics' }],
    [200, { path: '/metrics', headers: { accept: 'application/openmetrics-text' } }],
    [200, { path: '/v1/config' }],
    [200, { path: '/v1/config', method: 'HEAD' }],
    [200, { path: '/v1/config?format=yaml&prefix=l' }],
    [200, { path: '/v1/config?format=properties' }],
    [200, { path: '/v1/config?format=env' }],
    [304, { path: '/v1/config', headers: { 'if-none-match': '*' } }],
    [400, { path: '/v1/config?format=ini' }],
    [400, { path: '/v1/config?wait=soon' }],
    [403, { path: '/v1/config', headers: { forwarded: 'for=192.0.2.1' } }],
    [403, { path: '/v1/config', headers: { host: 'example.com' } }],
    [413, { path: '/v1/overrides/a', method: 'PUT', headers: WRITES, body: LARGE }],
    [200, { path: '/v1/config/a' }],
    [200, { path: '/v1/config/password' }],
    [200, { path: '/v1/config/password', headers: { authorization: `Bearer ${READ_TOKEN}` } }],
    [200, { path: '/v1/config/list', headers: { accept: 'application/json' } }],
    [304, { path: '/v1/config/a', headers: { 'if-none-match': '*' } }],
    [404, { path: '/v1/config/b' }],
    [400, { path: '/v1/config/%' }],
    [200, { path: '/v1/explain/list' }],
    [404, { path: '/v1/explain/b' }],
    [200, { path: '/v1/layers?keys=true' }],
    [200, { path: '/v1/generations' }],
    [200, { path: '/v1/generations/1/diff' }],
    [404, { path: '/v1/generations/9/diff' }],
    [400, { path: '/v1/events?since=x' }],
    [200, { path: '/v1/events', method: 'HEAD' }],
    [401, { path: '/v1/refresh', method: 'POST' }],
    [401, { path: '/v1/refresh', method: 'POST', headers: { authorization: `Bearer ${READ_TOKEN}` } }],
    [401, { path: '/v1/overrides/a', method: 'DELETE' }],
    [400, { path: '/v1/overrides/a', method: 'PUT', headers: WRITES, body: '{"value":8}' }],
  ])('%d %o', async (status, question) => {
    expect(await problemsOf(question)).toEqual([status, []]);
  });

  it.each([
    [502, fail({ ...FAULT, code: 'LF_SOURCE_DENIED' })],
    [
      422,
      fail({
        ...FAULT,
        code: 'LF_PARSE',
        problems: [{ code: 'LF_PARSE', message: 'm', file: 'f', line: 1 }],
      }),
    ],
    [503, retry({ ...FAULT, code: 'LF_SOURCE_THROTTLED' })],
    [503, retry({ ...FAULT, code: 'LF_SOURCE_THROTTLED' }, 1500)],
    [404, fail({ ...FAULT, code: 'LF_NO_SUCH_KEY' })],
    [500, fail({ ...FAULT, code: 'LF_UNEXPECTED' })],
    [200, ok({ changed: true, generation: 2 })],
    [200, ok({ changed: false, generation: 2, secrets: { inUse: 1, changed: false, stale: 0 } })],
  ] as const)('a refresh: %d', async (status, outcome) => {
    api.backend.refreshed = async () => outcome;
    expect(await problemsOf({ method: 'POST', path: '/v1/refresh', headers: WRITES })).toEqual([status, []]);
  });

  it.each(['/readyz', '/v1/config', '/v1/config/a', '/v1/explain/a'])(
    'GET %s: 503 before the first generation',
    async (path) => {
      expect(await problemsOf({ path }, bare)).toEqual([503, []]);
    },
  );

  it('404 without a dashboard, /v1/layers and /v1/generations before the first generation', async () => {
    expect(await problemsOf({ path: '/' }, bare)).toEqual([404, []]);
    expect(await problemsOf({ path: '/v1/layers' }, bare)).toEqual([200, []]);
    expect(await problemsOf({ path: '/v1/generations' }, bare)).toEqual([200, []]);
  });
});

describe('events are as docs/openapi.json says', () => {
  const AT = '2026-12-01T12:00:00.000Z';
  const OF_RELEASE = { number: 2, release: null };

  it('has a shape for each kind that the dashboard listens for, and for no other', () => {
    const { anyOf } = (API.components['schemas'] ?? {})['Event'] as {
      anyOf: { properties: { event: { const: string } } }[];
    };
    expect(anyOf.map(({ properties }) => properties.event.const).toSorted()).toEqual(EVENT_KINDS.toSorted());
  });

  it('as the stream sends them, one by one', async () => {
    const before = api.backend.events.lastId;
    const changes = [{ entry: 'hosts.a', subject: '/etc/hosts', action: 'remove' }];
    api.backend.events.record('refused', { ...OF_RELEASE, code: 'LF_PARSE' });
    api.backend.events.record('applied', { changes });
    api.backend.events.record('generation', { ...OF_RELEASE, digest: 'none', keys: [] });
    const [refused, applied, generation, ...more] = eventsIn(await rememberedEvents(api.tcp, before));
    expect(more).toEqual([]);
    expect(refused).toMatchObject({ event: 'refused', data: { at: expect.any(String), code: 'LF_PARSE' } });
    expect(problemsIn(refused)).toEqual([]);
    expect(problemsIn(applied)).toEqual([]);
    expect(problemsIn(generation).join()).toMatch(/event generation: \/digest must match pattern/);
  });

  it.each<readonly [string, string, object]>([
    ['a kind that is not in it', 'exploded', { at: AT }],
    ['no time', 'refused', { ...OF_RELEASE, code: 'LF_PARSE' }],
    ['a member that is not in it', 'refused', { at: AT, ...OF_RELEASE, code: 'LF_PARSE', value: 'x' }],
    ['a change without its subject', 'applied', { at: AT, changes: [{ entry: 'a', action: 'b' }] }],
    ['a state that is not in it', 'source', { at: AT, state: 'lazy' }],
    ['no code of what is stale', 'source', { at: AT, state: 'stale' }],
    ['an override without a reason', 'override', { at: AT, action: 'set', key: 'a', expiresAt: AT }],
    ['a phase that is not in it', 'termination', { at: AT, phase: 'gone' }],
  ])('refuses %s', (_, kind, data) => {
    expect(undocumentedEvent(kind, data)).not.toEqual([]);
  });

  it.each<readonly [string, object]>([
    ['source', { at: AT, state: 'fresh', layer: 'ssm/x' }],
    ['source', { at: AT, state: 'stale', code: 'LF_SOURCE_DENIED' }],
    ['override', { at: AT, action: 'expired', key: 'a' }],
    ['termination', { at: AT, phase: 'left', source: 'shutdown', action: 'poweroff' }],
  ])('takes %s %o', (kind, data) => {
    expect(undocumentedEvent(kind, data)).toEqual([]);
  });
});

function problemsIn(sent: SentEvent | undefined): readonly string[] {
  return sent ? undocumentedEvent(sent.event, sent.data) : ['there is none'];
}

describe('what holds answers to the document', () => {
  it.each<readonly [string, Answer]>([
    ['a member that is not in it', healthAnswer({ body: { status: 'ok', version: '1', more: 1 } })],
    ['a member that is missing', healthAnswer({ body: { status: 'ok' } })],
    ['another value', healthAnswer({ body: { status: 'well', version: '1' } })],
    ['a status that is not in it', healthAnswer({ status: 418 })],
    ['a header that is not in it', healthAnswer({ headers: { 'x-more': '1' } })],
    ['a header that says something else', healthAnswer({ headers: { 'cache-control': 'public' } })],
    ['another type', healthAnswer({ headers: { 'content-type': 'text/html' } })],
  ])('refuses %s', (_, given) => {
    expect(undocumented('GET', '/healthz', healthAnswer({}))).toEqual([]);
    expect(undocumented('GET', '/healthz', given)).toHaveLength(1);
  });

  it('refuses an answer without the tag, or without Retry-After, and an answer to a method that it does not have', () => {
    const silent = healthAnswer({ status: 503, body: { ready: false, reasons: [] } });
    expect(undocumented('GET', '/readyz', silent).join()).toContain('retry-after is missing');
    expect(undocumented('GET', '/v1/config', healthAnswer({})).join()).toContain('etag is missing');
    expect(undocumented('POST', '/healthz', healthAnswer({}))).toHaveLength(1);
  });
});

/** Of `GET /healthz`, with this instead. */
function healthAnswer(more: Partial<Answer> & { readonly body?: object }): Answer {
  const text = JSON.stringify(more.body ?? { status: 'ok', version: '1' });
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...more.headers,
  };
  return {
    status: more.status ?? 200,
    text,
    json: () => JSON.parse(text) as Record<string, unknown>,
    headers,
  };
}

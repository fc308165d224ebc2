import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Citizen } from './citizen.ts';
import { BUCKET, Payroll, REGION, SOURCE } from './payroll.ts';

/** Each route once on the executable, with what only real objects and real time show. All else of them: test/server. */
let payroll: Payroll;
let citizen: Citizen;

const PROD = 'payroll/environment/prod/prod.properties';
const ISO_TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string;
const A_DIGEST = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
const A_TEXT = expect.any(String) as string;

beforeAll(async () => {
  payroll = await Payroll.open({
    files: {
      'base/app.properties':
        'host=db\nurl=//${host}/${@region}\nlevel=INFO\na/b\\ c%=odd\numlaut=ü€\nquote="q" $HOME `id` \\\\\n',
      'environment/prod/prod.properties': '# loud\nlevel=WARN\n',
      'role/web/web.yaml': 'hosts:\n  - a\n  - b\n',
    },
  });
  citizen = await payroll.run();
  await citizen.follows();
});
afterAll(() => payroll[Symbol.asyncDispose]());

it('GET /v1/config has the promised fields in order, its keys sorted, and a tag', async () => {
  const answer = await citizen.askTcp('/v1/config');
  const document = answer.json();
  expect(Object.entries(document)).toEqual([
    ['generation', 1],
    ['release', null],
    ['digest', A_DIGEST],
    ['region', REGION],
    ['zone', `${REGION}a`],
    ['account', '123456789012'],
    ['role', 'web'],
    ['environment', 'prod'],
    ['instanceId', payroll.instance.instanceId],
    ['activatedAt', ISO_TIME],
    ['checkedAt', ISO_TIME],
    ['stale', false],
    ['properties', expect.any(Object)],
  ]);
  const keys = Object.keys(document['properties'] as object);
  expect(keys).toEqual(['a/b c%', 'host', 'hosts', 'hosts.0', 'hosts.1', 'level', 'quote', 'umlaut', 'url']);
  const { etag = '' } = answer.headers;
  const again = await citizen.askTcp('/v1/config', { headers: { 'if-none-match': `"x", ${etag}` } });
  expect([again.status, again.text, again.headers.etag]).toEqual([304, '', etag]);
});

it.each([
  ['yaml', 'quote: "\\"q\\" $HOME `id` \\\\"\n'],
  ['properties', 'quote="q" $HOME `id` \\\\\n'],
  ['env', 'QUOTE="\\"q\\" \\$HOME \\`id\\` \\\\"\n'],
])('GET /v1/config prints %s, and what starts with a prefix', async (format, text) => {
  expect((await citizen.askTcp(`/v1/config?format=${format}&prefix=quo`)).text).toBe(text);
});

describe('GET /v1/config?wait=', () => {
  it('answers 304 when nothing happens in time', async () => {
    const { etag = '' } = (await citizen.askTcp('/v1/config')).headers;
    const startedAt = performance.now();
    const answer = await citizen.askTcp('/v1/config?wait=300ms', { headers: { 'if-none-match': etag } });
    expect([answer.status, performance.now() - startedAt >= 295]).toEqual([304, true]);
  });

  it('answers at once with another tag', async () => {
    const other = { headers: { 'if-none-match': '"x"' } };
    expect((await citizen.askTcp('/v1/config?wait=5m', other)).status).toBe(200);
  });
});

it('GET /v1/config/{key} is the value and nothing else, in UTF-8, for an encoded key, or with its place as JSON', async () => {
  const answer = await citizen.askTcp('/v1/config/url');
  expect([answer.status, answer.text]).toEqual([200, '//db/eu-west-1']);
  expect(answer.headers['content-type']).toMatch(/^text\/plain/);
  expect((await citizen.askTcp('/v1/config/umlaut')).text).toBe('ü€');
  expect((await citizen.askTcp('/v1/config/a%2Fb%20c%25')).text).toBe('odd');
  expect((await citizen.askTcp('/v1/config/hosts')).text).toBe('["a","b"]');
  const placed = await citizen.askTcp('/v1/config/level', { headers: { accept: 'application/json' } });
  expect(placed.json()).toMatchObject({
    value: 'WARN',
    layer: 'environment/prod',
    file: 'prod.properties',
    line: 2,
  });
});

it('GET /v1/config/{key} says 404 as a problem, with the key that was probably meant', async () => {
  const answer = await citizen.askTcp('/v1/config/levle');
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.json()).toMatchObject({
    status: 404,
    detail: expect.stringContaining('levle') as string,
    code: 'LF_NO_SUCH_KEY',
    hint: expect.stringContaining('level') as string,
  });
});

it('GET /v1/explain/{key} names the object of S3 that won, what it shadows, and what a value refers to', async () => {
  expect(await citizen.json('/v1/explain/level')).toMatchObject({
    winner: { layer: 'environment/prod', line: 2, object: `s3://${BUCKET}/${PROD}` },
    shadowed: [{ layer: 'base', file: 'app.properties', line: 3, raw: 'INFO' }],
  });
  expect(await citizen.json('/v1/explain/url')).toMatchObject({
    references: [
      { key: 'host', value: 'db' },
      { key: '@region', value: 'eu-west-1' },
    ],
  });
});

it('GET /healthz and /readyz differ before the first generation: healthy, not ready, and why', async () => {
  expect((await citizen.askTcp('/readyz')).json()).toMatchObject({ ready: true });
  await using other = await Payroll.open({ files: {} });
  const waiting = other.start();
  const answer = await waiting.until('/readyz', ({ text }) => text.includes('LF_SOURCE_EMPTY'));
  expect(answer.status).toBe(503);
  expect(answer.json()).toEqual({ ready: false, reasons: [{ code: 'LF_SOURCE_EMPTY', message: A_TEXT }] });
  expect((await waiting.ask('/healthz')).status).toBe(200);
  const config = await waiting.ask('/v1/config');
  expect([config.status, config.json()['code']]).toEqual([503, 'LF_NOT_READY']);
  expect((await waiting.ask('/v1/layers')).status).toBe(200);
  expect((await waiting.ask('/v1/status')).json()['ready']).toBe(false);
  other.put('base/app.properties', 'a=1\n');
  await waiting.ready();
  expect(await waiting.json('/v1/config')).toMatchObject({ stale: false });
});

it('GET /v1/layers shows the order, and what is present or why not', async () => {
  const { order, layers } = await citizen.json('/v1/layers');
  expect(order).toEqual([
    'base',
    `region/${REGION}`,
    'role/web',
    'environment/prod',
    'role/web/environment/prod',
    `instance/${payroll.instance.instanceId}`,
    'override',
  ]);
  expect(layers).toMatchObject([
    { name: 'base', state: 'present', keys: 6, files: [{ path: 'app.properties', keys: 6 }] },
    { name: `region/${REGION}`, state: 'absent', reason: A_TEXT, files: [] },
    { name: 'role/web', state: 'present', files: [{ sha256: A_DIGEST }] },
    { name: 'environment/prod', state: 'present', keys: 1 },
    { state: 'absent' },
    { state: 'absent' },
    { name: 'override', state: 'absent' },
  ]);
});

it('GET /v1/identity is the identity document and the tags, and no signature', async () => {
  const answer = await citizen.askTcp('/v1/identity');
  expect(answer.json()).toMatchObject({
    partition: 'aws',
    region: REGION,
    zone: `${REGION}a`,
    account: '123456789012',
    instanceId: payroll.instance.instanceId,
    imageId: payroll.instance.imageId,
    tags: { role: 'web', environment: 'prod' },
  });
  expect(answer.text).not.toContain('ignature');
});

it('GET /v1/status shows identity, generation, source, guard and fence, and never a value', async () => {
  const { text } = await citizen.ask('/v1/status');
  expect(JSON.parse(text)).toMatchObject({
    version: A_TEXT,
    pid: citizen.agent.pid,
    ready: true,
    identity: { region: REGION, instanceId: payroll.instance.instanceId },
    generation: { number: 1, release: null, keys: 9 },
    source: {
      address: SOURCE.replace('{region}', REGION),
      layout: 'tree',
      interval: '1s',
      stale: false,
      servedFrom: 'source',
      failure: null,
    },
    guard: { mode: 'enforce', findings: 0 },
    fence: { relocated: false, removed: [] },
    overrides: [],
  });
  for (const value of Object.values(await citizen.properties()))
    if (String(value).length > 4) expect(text).not.toContain(String(value));
});

it('GET /v1/config?wait= holds until the digest differs; GET /v1/generations remembers what that changed', async () => {
  const { etag = '' } = (await citizen.askTcp('/v1/config')).headers;
  const held = citizen.askTcp('/v1/config?wait=30s', { headers: { 'if-none-match': etag } });
  payroll.sandbox.putObject(BUCKET, PROD, 'level=ERROR\nnew=1\n');
  const answer = await held;
  expect(answer.json()['properties']).toMatchObject({ level: 'ERROR' });
  expect(answer.headers.etag).not.toBe(etag);
  expect(await citizen.json('/v1/generations')).toMatchObject({
    generations: [
      { generation: 2, state: 'active', release: null, keys: 10 },
      { generation: 1, state: 'previous', keys: 9 },
    ],
  });
  expect(await citizen.json('/v1/generations/2/diff')).toEqual({
    generation: 2,
    added: [{ key: 'new', value: '1' }],
    removed: [],
    changed: [{ key: 'level', before: 'WARN', after: 'ERROR' }],
  });
  expect((await citizen.ask('/v1/generations/99/diff')).status).toBe(404);
});

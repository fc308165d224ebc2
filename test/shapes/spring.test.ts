import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSpringShape } from '#agent/shapes/spring/spring-shape.ts';
import { READ_TOKEN, startShape, TOKEN, type ShapeBench } from '../support/api-bench.ts';
import type { FakeProperty } from '../support/fake-backend.ts';
import { ask, type Answer } from '../support/raw-http.ts';

let bench: ShapeBench;
beforeEach(async () => {
  bench = await startShape(createSpringShape());
});
afterEach(() => bench.stop());

const V2 = 'application/vnd.spring-cloud.config-server.v2+json';
const BASE = {
  layer: 'base',
  file: 'app.properties',
  line: 3,
  object: 's3://config/payroll/base/app.properties',
};
const PROD = {
  layer: 'environment/prod',
  file: 'prod.yaml',
  line: 1,
  object: 's3://config/payroll/environment/prod/prod.yaml',
};
const LAYERS = ['base', 'environment/prod'].map((name) => ({
  name,
  state: 'present' as const,
  files: [],
  keys: 1,
}));

const PROPERTIES: Readonly<Record<string, FakeProperty>> = {
  'db.password': { value: 's3cret', masked: '[p#1]', winner: BASE },
  'db.port': { value: '5432', winner: BASE },
  literal: { value: '${db.port}', winner: BASE },
  'log.level': { value: 'WARN', winner: PROD },
  'nginx.upstreams': { value: '["a:80","b:80"]', list: ['a:80', 'b:80'], winner: PROD },
  'nginx.upstreams.0': { value: 'a:80', winner: BASE },
  'nginx.upstreams.1': { value: 'b:80', winner: PROD },
  version: { value: '1.10', winner: BASE },
};

const activate = (properties = PROPERTIES, release: string | null = null) =>
  bench.backend.activate(properties, { layers: LAYERS, release });
const get = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  ask(bench.own, { path, headers });

test('without Accept, values are plain, in one source for each layer that won something, strongest first', async () => {
  const { digest } = activate();
  const answer = await get('/payroll/prod');
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(answer.json()).toEqual({
    name: 'payroll',
    profiles: ['prod'],
    label: null,
    version: digest,
    state: null,
    propertySources: [
      {
        name: 'landfall-prod:environment/prod',
        source: { 'log.level': 'WARN', 'nginx.upstreams[0]': 'a:80', 'nginx.upstreams[1]': 'b:80' },
      },
      {
        name: 'landfall-prod:base',
        source: { 'db.port': '5432', literal: '\\${db.port}', version: '1.10' },
      },
    ],
  });
});

test('asked for it by name, each value comes with its origin, and with nothing else', async () => {
  activate();
  const answer = await get('/payroll/prod', { Accept: `${V2}, application/json` });
  expect(answer.headers['content-type']).toBe(V2);
  expect(answer.json()['propertySources']).toMatchObject([
    {
      source: { 'log.level': { value: 'WARN', origin: 's3://config/payroll/environment/prod/prod.yaml:1' } },
    },
    { source: { 'db.port': { value: '5432', origin: 's3://config/payroll/base/app.properties:3' } } },
  ]);
});

test.each(['*/*', 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', 'application/json'])(
  'with Accept: %s they are plain',
  async (Accept) => {
    activate();
    expect((await get('/payroll/prod', { Accept })).headers['content-type']).toMatch(/^application\/json/);
  },
);

test('application and profiles are echoed, decoded, and select nothing', async () => {
  activate();
  const answer = (await get('/p%20x/prod%2Cblue/main')).json();
  expect(answer).toMatchObject({ name: 'p x', profiles: ['prod', 'blue'], label: 'main' });
  expect(answer['propertySources']).toHaveLength(2);
  expect(answer['propertySources']).toMatchObject([{ name: 'landfall-prod,blue:environment/prod' }, {}]);
});

test.each([
  ['main', 200],
  ['master', 200],
  ['latest', 200],
  ['20261201T000000Z-abcdef01', 200],
  ['20261101T000000Z-abcdef01', 404],
  ['no(_)such', 404],
  ['no/such', 404],
  ['no%2Fsuch', 404],
])('the label %s is %i', async (label, status) => {
  activate(PROPERTIES, '20261201T000000Z-abcdef01');
  expect((await get(`/payroll/prod/${label}`)).status).toBe(status);
  if (!label.includes('/')) expect((await get(`/${label}/payroll-prod.json`)).status).toBe(status);
});

test('(_) in a label is a slash', async () => {
  activate(PROPERTIES, 'a/b');
  expect((await get('/payroll/prod/a(_)b')).json()).toMatchObject({ label: 'a/b', version: 'a/b' });
});

test.each([
  [
    '/payroll-prod.json',
    'application/json; charset=utf-8',
    '{"db":{"port":5432},"literal":"${db.port}","log":{"level":"WARN"},"nginx":{"upstreams":["a:80","b:80"]},"version":"1.10"}\n',
  ],
  [
    '/main/pay-roll-prod.yml',
    'text/plain; charset=utf-8',
    'db:\n  port: 5432\nliteral: "${db.port}"\nlog:\n  level: "WARN"\nnginx:\n  upstreams:\n    - "a:80"\n    - "b:80"\nversion: "1.10"\n',
  ],
  [
    '/payroll-prod.properties',
    'text/plain; charset=utf-8',
    'db.port: 5432\nliteral: ${db.port}\nlog.level: WARN\nnginx.upstreams[0]: a:80\nnginx.upstreams[1]: b:80\nversion: 1.10\n',
  ],
])('%s is a document', async (path, type, text) => {
  activate();
  const answer = await get(path);
  expect(answer.text).toBe(text);
  expect(answer.headers['content-type']).toBe(type);
});

test('.yaml is .yml', async () => {
  activate();
  expect((await get('/payroll-prod.yaml')).text).toBe((await get('/payroll-prod.yml')).text);
});

test('what only the client can decrypt is handed on as it is', async () => {
  activate({ secret: { value: '{cipher}AQB123', winner: BASE } });
  expect((await get('/payroll/prod')).text).toContain('"secret":"{cipher}AQB123"');
  expect((await get('/payroll-prod.properties')).text).toBe('secret: {cipher}AQB123\n');
});

test('lists of maps, of lists and of nothing are bound by index', async () => {
  const rows = [{ name: 'a', tags: ['x', 'y'] }, {}, 'text'];
  activate({
    none: { value: '[]', list: [] },
    rows: { value: JSON.stringify(rows), list: rows },
    'rows.0.name': 'a',
    'rows.0.tags': { value: '["x","y"]', list: ['x', 'y'] },
    'rows.0.tags.0': 'x',
    'rows.0.tags.1': 'y',
    'rows.2': 'text',
  });
  expect((await get('/payroll/prod')).json()['propertySources']).toMatchObject([
    {
      source: {
        none: '',
        'rows[0].name': 'a',
        'rows[0].tags[0]': 'x',
        'rows[0].tags[1]': 'y',
        'rows[1]': '',
        'rows[2]': 'text',
      },
    },
  ]);
});

test.each<[string, Readonly<Record<string, string>>]>([
  ['X-Config-Token', { 'X-Config-Token': READ_TOKEN }],
  ['a password', { Authorization: `Basic ${Buffer.from(`anybody:${READ_TOKEN}`).toString('base64')}` }],
  ['Bearer', { Authorization: `Bearer ${TOKEN}` }],
  [
    'X-Config-Token beside an empty password',
    { Authorization: `Basic ${Buffer.from('user:').toString('base64')}`, 'X-Config-Token': TOKEN },
  ],
])('a secret is there for who shows a token by %s', async (_, headers) => {
  activate();
  expect((await get('/payroll/prod', headers)).text).toContain('"db.password":"s3cret"');
});

test.each<[string, Readonly<Record<string, string>>]>([
  ['X-Config-Token', { 'X-Config-Token': 'old' }],
  ['a password', { Authorization: `Basic ${Buffer.from('user:old').toString('base64')}` }],
  ['Bearer', { Authorization: 'Bearer old' }],
  ['one of two', { Authorization: 'Bearer old', 'X-Config-Token': TOKEN }],
])('a token that is wrong is 401, not an open answer: %s', async (_, headers) => {
  activate();
  const answer = await get('/payroll/prod', headers);
  expect(answer.status).toBe(401);
  expect(answer.json()).toMatchObject({ code: 'LF_UNAUTHORIZED' });
});

test('without one it is not there, and an empty password is none', async () => {
  activate();
  const headers = { Authorization: `Basic ${Buffer.from('user:').toString('base64')}` };
  for (const path of ['/payroll/prod', '/payroll-prod.json', '/payroll-prod.properties'])
    expect((await get(path, headers)).text, path).not.toMatch(/password|redacted/);
});

test.each(['/payroll', '/payroll.json', '/', '//prod', '/payroll/'])('%s is no path of its', async (path) => {
  activate();
  expect((await get(path)).status).toBe(404);
});

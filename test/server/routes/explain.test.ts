import { afterEach, beforeEach, expect, test } from 'vitest';
import { startApi, type ApiBench } from '../../support/api-bench.ts';
import { ask } from '../../support/raw-http.ts';

let api: ApiBench;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

const OBJECT = 's3://config-eu-west-1/payroll/region/eu-west-1/db.yaml';
const STORY = {
  'db.url': {
    value: 'postgres://db.internal/eu-west-1',
    raw: 'postgres://${db.host}/${@region}${db.suffix:}',
    winner: { layer: 'region/eu-west-1', file: 'db.yaml', line: 7, object: OBJECT },
    shadowed: [
      { layer: 'base', file: 'app.properties', line: 3, object: 's3://b/base/app.properties', raw: 'none' },
    ],
    references: ['db.host', '@region', 'db.suffix'],
  },
  'db.host': 'db.internal',
};

test('tells the whole story of a value', async () => {
  api.backend.activate(STORY);
  api.backend.changes.set('db.url', Date.UTC(2026, 10, 20, 8));
  const answer = await ask(api.tcp, { path: '/v1/explain/db.url' });
  expect(answer.headers['x-landfall-generation']).toBe('1');
  expect(answer.text).toBe(
    '{"key":"db.url","value":"postgres://db.internal/eu-west-1",' +
      '"raw":"postgres://${db.host}/${@region}${db.suffix:}",' +
      `"winner":{"layer":"region/eu-west-1","file":"db.yaml","line":7,"object":"${OBJECT}"},` +
      '"shadowed":[{"layer":"base","file":"app.properties","line":3,"raw":"none"}],' +
      '"references":[{"key":"db.host","value":"db.internal"},{"key":"@region","value":"eu-west-1"},' +
      '{"key":"db.suffix","value":null}],"generation":1,"since":"2026-11-20T08:00:00.000Z"}\n',
  );
});

test('a value that is as old as the memory dates from the activation', async () => {
  api.backend.activate(STORY);
  const { since } = (await ask(api.tcp, { path: '/v1/explain/db.host' })).json();
  expect(since).toBe('2026-11-21T00:00:00.000Z');
});

test('a secret shows in none of its parts, and a reference to one neither', async () => {
  api.backend.secrets.add('pass');
  api.backend.activate({
    pass: {
      value: 'hunter2',
      raw: 'hunter${n}',
      shadowed: [{ layer: 'base', file: 'a', line: 1, object: 'o', raw: 'hunter1' }],
      references: ['n'],
    },
    n: '2',
    hint: { value: 'see pass', references: ['pass'] },
  });
  const shut = await ask(api.tcp, { path: '/v1/explain/pass' });
  expect(shut.json()).toMatchObject({
    value: '[redacted]',
    raw: '[redacted]',
    shadowed: [{ raw: '[redacted]' }],
    references: [{ key: 'n', value: '2' }],
  });
  expect(shut.text).not.toContain('hunter');
  const hint = await ask(api.tcp, { path: '/v1/explain/hint' });
  expect(hint.json()['references']).toEqual([{ key: 'pass', value: '[redacted]' }]);
  expect((await ask(api.socket, { path: '/v1/explain/pass' })).json()).toMatchObject({
    value: 'hunter2',
    raw: 'hunter${n}',
    shadowed: [{ raw: 'hunter1' }],
  });
});

test('what cannot be explained is a problem', async () => {
  expect((await ask(api.tcp, { path: '/v1/explain/a' })).json()).toMatchObject({ code: 'LF_NOT_READY' });
  api.backend.activate(STORY);
  expect((await ask(api.tcp, { path: '/v1/explain/db.hst' })).json()).toMatchObject({
    status: 404,
    code: 'LF_NO_SUCH_KEY',
    hint: 'Did you mean db.host?',
  });
  expect((await ask(api.tcp, { path: '/v1/explain/%' })).status).toBe(400);
});

test('of a key that a layer takes away says which one, and who had set it', async () => {
  const by = { layer: 'environment/prod', file: 'app.yaml', line: 3, object: 'o' };
  const of = { layer: 'base', file: 'app.properties', line: 7, object: 'o' };
  const removed = new Map([
    ['db.host', { by, of }],
    ['db', { by, of: undefined }],
  ]);
  api.backend.activate({ 'db.hosts': 'x' }, { removed });
  const cause = async (key: string) => {
    const answer = await ask(api.tcp, { path: `/v1/explain/${key}` });
    return [answer.status, answer.json()['code'], answer.json()['cause']];
  };
  const taken = 'environment/prod/app.yaml:3 takes it away with ${@unset}';
  expect(await cause('db.host')).toEqual([
    404,
    'LF_NO_SUCH_KEY',
    `${taken}, and base/app.properties:7 had set it`,
  ]);
  expect(await cause('db')).toEqual([404, 'LF_NO_SUCH_KEY', taken]);
  expect(await cause('db.port')).toEqual([404, 'LF_NO_SUCH_KEY', 'no layer of generation 1 sets it']);
});

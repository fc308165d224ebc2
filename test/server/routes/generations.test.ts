import { afterEach, beforeEach, expect, test } from 'vitest';
import { startApi, type ApiBench } from '../../support/api-bench.ts';
import { ask } from '../../support/raw-http.ts';

let api: ApiBench;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

test('shows the layers in order, weakest first, with what stands in each', async () => {
  api.backend.layerReports = [
    { name: 'base', state: 'present', files: [{ path: 'app.properties', sha256: 'ab12', keys: 2 }], keys: 2 },
    { name: 'role/web', state: 'absent', reason: 'nothing under role/web/', files: [], keys: 0 },
  ];
  const layers =
    '"order":["base","role/web"],"layers":[{"name":"base","state":"present",' +
    '"files":[{"path":"app.properties","sha256":"ab12","keys":2}],"keys":2},' +
    '{"name":"role/web","state":"absent","reason":"nothing under role/web/","files":[],"keys":0}]}\n';
  expect((await ask(api.tcp, { path: '/v1/layers' })).text).toBe(`{"generation":null,${layers}`);
  api.backend.activate({});
  expect((await ask(api.tcp, { path: '/v1/layers' })).text).toBe(`{"generation":1,${layers}`);
});

test('names the keys whose values in effect are of each layer, to who asks for them', async () => {
  const layer = { state: 'present', files: [], keys: 2 } as const;
  api.backend.layerReports = ['base', 'role/web', 'override'].map((name) => ({ name, ...layer }));
  const winner = { layer: 'role/web', file: 'web.yaml', line: 1, object: 'o' };
  api.backend.activate({ a: '1', b: { value: '2', winner }, c: '3' });
  const { layers } = (await ask(api.tcp, { path: '/v1/layers?keys=true' })).json() as {
    layers: { name: string; effective: string[] }[];
  };
  expect(layers.map(({ name, effective }) => [name, effective])).toEqual([
    ['base', ['a', 'c']],
    ['role/web', ['b']],
    ['override', []],
  ]);
  expect((await ask(api.tcp, { path: '/v1/layers' })).text).not.toContain('effective');
});

test('lists the generations, refused ones with the reason', async () => {
  const at = Date.UTC(2026, 10, 21);
  api.backend.summaries = [
    { number: 2, release: 'r7', digest: 'bb', activatedAt: at, keys: 5, state: 'active' },
    {
      number: 3,
      release: null,
      digest: 'cc',
      activatedAt: at,
      keys: 0,
      state: 'refused',
      refusal: { code: 'LF_SHRUNK', message: 'lost 5 of 5 keys' },
    },
  ];
  expect((await ask(api.tcp, { path: '/v1/generations' })).text).toBe(
    '{"generations":[{"generation":2,"release":"r7","digest":"bb","keys":5,"state":"active",' +
      '"activatedAt":"2026-11-21T00:00:00.000Z"},{"generation":3,"release":null,"digest":"cc","keys":0,' +
      '"state":"refused","refusal":{"code":"LF_SHRUNK","message":"lost 5 of 5 keys"},' +
      '"activatedAt":"2026-11-21T00:00:00.000Z"}]}\n',
  );
});

test('shows what a generation changed, secrets redacted', async () => {
  api.backend.diffs.set(2, {
    number: 2,
    added: [{ key: 'a', value: '1' }],
    removed: [{ key: 'pass', value: 'old-secret', secret: true }],
    changed: [
      { key: 'b', before: '1', after: '2' },
      { key: 'pass', before: 'x-secret', after: 'y-secret', secret: true },
    ],
  });
  expect((await ask(api.tcp, { path: '/v1/generations/2/diff' })).text).toBe(
    '{"generation":2,"added":[{"key":"a","value":"1"}],"removed":[{"key":"pass","value":"[redacted]"}],' +
      '"changed":[{"key":"b","before":"1","after":"2"},{"key":"pass","before":"[redacted]","after":"[redacted]"}]}\n',
  );
  expect((await ask(api.socket, { path: '/v1/generations/2/diff' })).text).toContain('y-secret');
});

test('a forgotten generation is 404', async () => {
  const answer = await ask(api.tcp, { path: '/v1/generations/9/diff' });
  expect(answer.status).toBe(404);
  expect(answer.json()).toMatchObject({ code: 'LF_REQUEST_INVALID', subject: 'generation 9' });
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { startApi, type ApiBench } from '../../support/api-bench.ts';
import { ask } from '../../support/raw-http.ts';

let api: ApiBench;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

test('is healthy before it is ready', async () => {
  const health = await ask(api.tcp, { path: '/healthz' });
  expect([health.status, health.text]).toEqual([200, '{"status":"ok","version":"1.2.3"}\n']);
  const ready = await ask(api.tcp, { path: '/readyz' });
  expect([ready.status, ready.text]).toEqual([
    503,
    '{"ready":false,"reasons":[{"code":"LF_SOURCE_UNREACHABLE","message":"S3 does not answer"}]}\n',
  ]);
  expect(ready.headers['content-type']).toBe('application/json; charset=utf-8');
  api.backend.activate({});
  const now = await ask(api.tcp, { path: '/readyz' });
  expect([now.status, now.text]).toEqual([200, '{"ready":true}\n']);
});

test.each([
  ['/v1/identity', '{"region":"eu-west-1","instanceId":"i-0123456789abcdef0"}\n'],
  ['/v1/status', '{"generation":null}\n'],
])('%s is what the backend says', async (path, text) => {
  const answer = await ask(api.tcp, { path });
  expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([
    200,
    'application/json; charset=utf-8',
    text,
  ]);
});

const PROMETHEUS =
  'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';

test.each([
  [undefined, 'text/plain; version=0.0.4; charset=utf-8', 'text'],
  ['*/*', 'text/plain; version=0.0.4; charset=utf-8', 'text'],
  [PROMETHEUS, 'application/openmetrics-text; version=1.0.0; charset=utf-8', 'openmetrics'],
  [
    'application/openmetrics-text',
    'application/openmetrics-text; version=1.0.0; charset=utf-8',
    'openmetrics',
  ],
])('metrics for Accept: %s are %s', async (accept, type, format) => {
  api.backend.metrics = (asked) => `# ${asked}\n# EOF\n`;
  const answer = await ask(api.tcp, {
    path: '/metrics',
    headers: accept === undefined ? {} : { Accept: accept },
  });
  expect([answer.headers['content-type'], answer.text]).toEqual([type, `# ${format}\n# EOF\n`]);
});

test('a backend that throws gives a problem without its words, and is counted', async () => {
  api.backend.status = () => {
    throw new Error('secret words');
  };
  const answer = await ask(api.tcp, { path: '/v1/status' });
  expect(answer.status).toBe(500);
  expect(answer.json()).toMatchObject({ code: 'LF_UNEXPECTED' });
  expect(answer.text).not.toContain('secret words');
  expect(api.counts.failed).toBe(1);
});

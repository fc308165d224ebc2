import { afterEach, beforeEach, expect, test } from 'vitest';
import { fail, ok, retry } from '#kit/outcome.ts';
import { startApi, TOKEN, type ApiBench } from '../../support/api-bench.ts';
import { ask } from '../../support/raw-http.ts';

let api: ApiBench;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

const TRUSTED = { Authorization: `Bearer ${TOKEN}` };
const ORDER = { value: '8', for: '1h', reason: 'load test' };

test.each([
  ['POST', '/v1/refresh'],
  ['PUT', '/v1/overrides/a'],
  ['DELETE', '/v1/overrides/a'],
])('%s %s needs the token', async (method, path) => {
  const body = method === 'PUT' ? JSON.stringify(ORDER) : '';
  for (const headers of [
    {},
    { Authorization: 'Bearer' },
    { Authorization: 'Bearer ' },
    { Authorization: `Bearer ${TOKEN}x` },
    { Authorization: `Bearer ${TOKEN.slice(1)}` },
    { Authorization: `Basic ${TOKEN}` },
    { Authorization: TOKEN },
  ]) {
    const answer = await ask(api.tcp, { method, path, headers, body });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="landfall"/);
    expect(answer.json()).toMatchObject({ code: 'LF_UNAUTHORIZED' });
  }
  expect(api.counts.unauthorized).toBe(7);
  expect([...api.backend.overrides, ...api.backend.removed]).toEqual([]);
  expect((await ask(api.tcp, { method, path, headers: TRUSTED, body })).status).toBe(200);
  expect((await ask(api.socket, { method, path, body })).status).toBe(200);
});

test('refresh answers with the outcome of the poll', async () => {
  const order = { method: 'POST', path: '/v1/refresh' };
  api.backend.refreshed = async () => ok({ outcome: 'changed', generation: 2 });
  expect((await ask(api.socket, order)).text).toBe('{"outcome":"changed","generation":2}\n');
});

const FAULT = { operation: 'read', subject: 's3://b/current.json', cause: 'it said no', hint: 'Look there.' };

test.each([
  [502, fail({ ...FAULT, code: 'LF_SOURCE_DENIED' })],
  [502, fail({ ...FAULT, code: 'LF_IMDS_UNREACHABLE' })],
  [422, fail({ ...FAULT, code: 'LF_PARSE' })],
  [422, fail({ ...FAULT, code: 'LF_REGION_FOREIGN' })],
  [503, retry({ ...FAULT, code: 'LF_SOURCE_THROTTLED' })],
  [404, fail({ ...FAULT, code: 'LF_NO_SUCH_KEY' })],
  [500, fail({ ...FAULT, code: 'LF_UNEXPECTED' })],
] as const)('a failed refresh is a problem: %d', async (status, outcome) => {
  api.backend.refreshed = async () => outcome;
  const answer = await ask(api.socket, { method: 'POST', path: '/v1/refresh' });
  expect(answer.status).toBe(status);
  expect(answer.json()).toMatchObject({ ...FAULT, code: outcome.fault.code });
});

test('a throttled refresh says when to come back', async () => {
  api.backend.refreshed = async () => retry({ ...FAULT, code: 'LF_SOURCE_THROTTLED' }, 1500);
  const answer = await ask(api.socket, { method: 'POST', path: '/v1/refresh' });
  expect(answer.headers['retry-after']).toBe('2');
});

test('an override reaches the backend with its key decoded and its span in milliseconds', async () => {
  const path = '/v1/overrides/db%2Fpool%20size';
  const put = await ask(api.tcp, { method: 'PUT', path, headers: TRUSTED, body: JSON.stringify(ORDER) });
  expect([put.status, put.text]).toEqual([200, '{"key":"db/pool size"}\n']);
  expect(api.backend.overrides).toEqual([
    { key: 'db/pool size', value: '8', forMs: 3_600_000, reason: 'load test' },
  ]);
  const removed = await ask(api.tcp, { method: 'DELETE', path, headers: TRUSTED });
  expect([removed.status, removed.text]).toEqual([200, '{"key":"db/pool size"}\n']);
  expect(api.backend.removed).toEqual(['db/pool size']);
});

test.each(['/v1/overrides/', '/v1/overrides/%'])('%s names no key', async (path) => {
  const answer = await ask(api.socket, { method: 'PUT', path, body: JSON.stringify(ORDER) });
  expect(answer.status).toBe(400);
});

test('an invalid order is refused with all that is wrong in it', async () => {
  const body = JSON.stringify({ value: 8, for: '31d', why: '' });
  const answer = await ask(api.socket, { method: 'PUT', path: '/v1/overrides/a', body });
  expect(answer.status).toBe(400);
  expect(answer.json()).toMatchObject({
    code: 'LF_REQUEST_INVALID',
    cause:
      '"why" is not a field; "value" must be a string; "for" must be a duration from 1s to 30d; ' +
      '"reason" must be a text of 1 to 1000 characters',
  });
  expect(api.backend.overrides).toEqual([]);
});

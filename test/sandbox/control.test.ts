import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox } from '../../scripts/sandbox/sandbox.ts';
import type { Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { ask, signedFor } from './wire.ts';
import type { Reply } from './wire.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

function control(
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return ask(`${sandbox.url}/_sandbox${path}`, { method, headers, ...sent });
}

it('builds a world by HTTP and shows it', async () => {
  await control('PUT', '/buckets', { name: 'b', region: 'eu-west-1', owner: '111122223333' });
  const launched = await control('PUT', '/instances', {
    region: 'eu-west-1',
    instanceId: 'i-9',
    tags: { role: 'web' },
  });
  expect(launched.status).toBe(201);
  const world = JSON.parse((await control('GET', '')).body);
  expect(world).toMatchObject({
    url: sandbox.url,
    instances: [{ instanceId: 'i-9', tags: { role: 'web' }, mode: 'required' }],
    buckets: [{ name: 'b', region: 'eu-west-1', owner: '111122223333', objects: 0 }],
  });
});

it('changes a running instance', async () => {
  await control('PUT', '/instances', { region: 'eu-west-1', instanceId: 'i-live' });
  await control('PUT', '/instances/i-live/tags', { role: 'worker' });
  await control('PUT', '/instances/i-live/mode', { mode: 'optional' });
  await control('PUT', '/instances/i-live/metadata/spot/instance-action', { value: '{}' });
  const instance = sandbox.instances.get('i-live');
  expect(instance).toMatchObject({ mode: 'optional' });
  expect([...(instance?.tags ?? [])]).toEqual([['role', 'worker']]);
  expect((await ask(`${instance?.imdsUrl}/latest/meta-data/spot/instance-action`)).body).toBe('{}');
  await control('DELETE', '/instances/i-live/metadata/spot/instance-action');
  expect((await ask(`${instance?.imdsUrl}/latest/meta-data/spot/instance-action`)).status).toBe(404);
});

it('plants and removes faults, and shows and clears the requests', async () => {
  const headers = signedFor('s3', 'eu-west-1');
  const { id } = JSON.parse((await control('POST', '/faults', { service: 's3', effect: 'throttle' })).body);
  expect((await ask(`${sandbox.url}/any/k`, { headers })).status).toBe(503);
  expect((await control('DELETE', `/faults/${id}`)).status).toBe(204);
  expect((await control('DELETE', `/faults/${id}`)).status).toBe(404);
  expect((await ask(`${sandbox.url}/any/k`, { headers })).status).toBe(404);
  const seen = JSON.parse((await control('GET', '/requests')).body) as { path: string; status: number }[];
  expect(seen.slice(-2)).toMatchObject([
    { path: '/any/k', status: 503 },
    { path: '/any/k', status: 404 },
  ]);
  await control('DELETE', '/requests');
  expect(JSON.parse((await control('GET', '/requests')).body)).toEqual([]);
});

it('denies prefixes', async () => {
  await control('PUT', '/buckets', { name: 'partly', region: 'eu-west-1' });
  await control('PUT', '/buckets/partly/denied', { prefixes: ['x/'] });
  expect((await ask(`${sandbox.url}/partly/x/k`, { headers: signedFor('s3', 'eu-west-1') })).status).toBe(
    403,
  );
});

it('puts parameters and secrets, and takes them away', async () => {
  const db = { region: 'eu-west-1', name: '/db' };
  for (const value of ['one', 'two']) {
    expect((await control('PUT', '/parameters', { ...db, value })).status).toBe(200);
    expect((await control('PUT', '/secrets', { ...db, value })).status).toBe(200);
  }
  expect(sandbox.parameters.get('eu-west-1', '/db')).toMatchObject({ value: 'two', version: 2 });
  expect(sandbox.secrets.get('eu-west-1', '/db')).toMatchObject({ value: 'two', version: 2 });
  expect(sandbox.parameters.get('us-east-1', '/db')).toBeUndefined();
  await control('PUT', '/parameters', db);
  expect(sandbox.parameters.get('eu-west-1', '/db')).toBeUndefined();
  expect((await control('PUT', '/secrets', { name: '/db', value: 'x' })).status).toBe(400);
});

describe('refuses', () => {
  it.each([
    ['a foreign Host', { host: 'evil.example' }],
    ['a web page', { origin: 'http://localhost' }],
  ])('%s', async (_, headers) => {
    expect((await control('GET', '/requests', undefined, headers)).status).toBe(403);
  });

  it.each<[string, string, string, object]>([
    ['a misspelt field', 'POST', '/faults', { servce: 's3', effect: 'reset' }],
    ['an unknown effect', 'POST', '/faults', { effect: 'explode' }],
    ['a fault that does nothing', 'POST', '/faults', { service: 's3' }],
    ['an instance without a region', 'PUT', '/instances', {}],
    ['an unknown mode', 'PUT', '/instances', { region: 'eu-west-1', mode: 'x' }],
    ['a bucket twice', 'PUT', '/buckets', { name: 'b', region: 'eu-west-1' }],
  ])('%s with 400 and the reason', async (_, method, path, body) => {
    const reply = await control(method, path, body);
    expect(reply.status).toBe(400);
    expect(JSON.parse(reply.body)).toEqual({ message: expect.any(String) });
  });

  it('what it does not know, with 404', async () => {
    expect((await control('GET', '/nothing')).status).toBe(404);
    expect((await control('PUT', '/instances/i-none/tags', {})).status).toBe(404);
  });
});

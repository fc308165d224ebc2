import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Citizen } from './citizen.ts';
import { BUCKET, Payroll, REGION, SOURCE } from './payroll.ts';

let payroll: Payroll;
let citizen: Citizen;

beforeAll(async () => {
  payroll = await Payroll.open();
  citizen = await payroll.run();
  await citizen.follows();
});
afterAll(() => payroll[Symbol.asyncDispose]());

describe('GET /healthz and /readyz', () => {
  it('are 200 once there is a generation', async () => {
    expect((await citizen.askTcp('/healthz')).status).toBe(200);
    const ready = await citizen.askTcp('/readyz');
    expect([ready.status, ready.json()['ready']]).toEqual([200, true]);
  });

  it('differ before the first: healthy, not ready, and why', async () => {
    await using other = await Payroll.open({ files: {} });
    const waiting = other.start();
    const answer = await waiting.until('/readyz', ({ text }) => text.includes('LF_SOURCE_EMPTY'));
    expect(answer.status).toBe(503);
    const body = answer.json();
    expect(Object.keys(body)).toEqual(['ready', 'reasons']);
    expect(body).toEqual({
      ready: false,
      reasons: [{ code: 'LF_SOURCE_EMPTY', message: expect.any(String) as string }],
    });
    expect((await waiting.ask('/healthz')).status).toBe(200);
    const config = await waiting.ask('/v1/config');
    expect([config.status, config.json()['code']]).toEqual([503, 'LF_NOT_READY']);
    expect((await waiting.ask('/v1/config/db.host')).status).toBe(503);
    expect((await waiting.ask('/v1/layers')).status).toBe(200);
    expect((await waiting.ask('/v1/status')).json()['ready']).toBe(false);
    other.put('base/app.properties', 'a=1\n');
    await waiting.ready();
  });
});

describe('GET /v1/layers', () => {
  it('shows the order, and what is present or why not', async () => {
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
      { name: `region/${REGION}`, state: 'absent', reason: expect.any(String) as string, files: [] },
      {
        name: 'role/web',
        state: 'present',
        files: [{ sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string }],
      },
      { name: 'environment/prod', state: 'present', keys: 1 },
      { state: 'absent' },
      { state: 'absent' },
      { name: 'override', state: 'absent' },
    ]);
  });
});

describe('GET /v1/identity', () => {
  it('is the identity document and the tags, and no signature', async () => {
    const answer = await citizen.askTcp('/v1/identity');
    expect(answer.json()).toMatchObject({
      partition: 'aws',
      region: REGION,
      zone: `${REGION}a`,
      account: '123456789012',
      instanceId: payroll.instance.instanceId,
      imageId: payroll.instance.imageId,
      role: 'web',
      environment: 'prod',
      tags: { role: 'web', environment: 'prod' },
    });
    expect(answer.text).not.toContain('ignature');
  });
});

describe('GET /v1/status', () => {
  it('shows identity, generation, source, guard and fence', async () => {
    expect(await citizen.json('/v1/status')).toMatchObject({
      version: expect.any(String) as string,
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
  });

  it('names keys, codes and digests, never a value', async () => {
    const { text } = await citizen.ask('/v1/status');
    for (const value of Object.values(await citizen.properties()))
      if (String(value).length > 4) expect(text).not.toContain(String(value));
  });
});

describe('GET /v1/generations', () => {
  it('remembers what was active, and what each changed', async () => {
    payroll.sandbox.putObject(BUCKET, 'payroll/environment/prod/prod.properties', 'log.level=ERROR\nnew=1\n');
    await citizen.serves('log.level', 'ERROR');
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
      changed: [{ key: 'log.level', before: 'WARN', after: 'ERROR' }],
    });
    expect((await citizen.ask('/v1/generations/99/diff')).status).toBe(404);
  });
});

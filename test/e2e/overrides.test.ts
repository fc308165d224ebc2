import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Citizen, Json } from './citizen.ts';
import { Payroll } from './payroll.ts';

let payroll: Payroll;
let citizen: Citizen;

beforeAll(async () => {
  payroll = await Payroll.open();
  citizen = await payroll.run();
});
afterAll(() => payroll[Symbol.asyncDispose]());

const put = (key: string, body: unknown) =>
  citizen.ask(`/v1/overrides/${key}`, { method: 'PUT', body: JSON.stringify(body) });

describe('an override', () => {
  it('is the strongest layer, shown by explain, layers and status', async () => {
    expect((await put('log.level', { value: 'TRACE', for: '1h', reason: 'ticket 4711' })).status).toBe(200);
    expect((await citizen.ask('/v1/config/log.level')).text).toBe('TRACE');
    expect(await citizen.json('/v1/explain/log.level')).toMatchObject({
      winner: { layer: 'override' },
      shadowed: [{ layer: 'environment/prod' }, { layer: 'base' }],
    });
    expect(await citizen.json('/v1/status')).toMatchObject({
      overrides: [{ key: 'log.level', reason: 'ticket 4711' }],
    });
  });

  it('is interpolated, and seen by what refers to it', async () => {
    await put('db.port', { value: '5433', for: '1h', reason: 'x' });
    expect((await citizen.ask('/v1/config/db.url')).text).toMatch(/:5433\/payroll$/);
    await citizen.ask('/v1/overrides/db.port', { method: 'DELETE' });
    expect((await citizen.ask('/v1/config/db.url')).text).toMatch(/:5432\/payroll$/);
  });

  it('may add a key', async () => {
    await put('brand.new', { value: 'x', for: '1h', reason: 'x' });
    expect((await citizen.ask('/v1/config/brand.new')).text).toBe('x');
    await citizen.ask('/v1/overrides/brand.new', { method: 'DELETE' });
    expect((await citizen.ask('/v1/config/brand.new')).status).toBe(404);
  });

  it('expires by itself', async () => {
    await put('workers', { value: '64', for: '1s', reason: 'x' });
    expect((await citizen.ask('/v1/config/workers')).text).toBe('64');
    await citizen.serves('workers', '8', 3000);
  });

  it('survives a change at the source and a restart', async () => {
    payroll.put('environment/prod/prod.properties', 'log.level=ERROR\nmark=2\n');
    await citizen.serves('mark', '2');
    expect((await citizen.ask('/v1/config/log.level')).text).toBe('TRACE');
    await citizen.kill();
    citizen = await payroll.restart(citizen).ready();
    expect((await citizen.ask('/v1/config/log.level')).text).toBe('TRACE');
  });

  it.each([
    ['no end', { value: 'a', reason: 'x' }],
    ['an end beyond 30 days', { value: 'a', for: '31d', reason: 'x' }],
    ['no reason', { value: 'a', for: '1h' }],
    ['a number', { value: 5, for: '1h', reason: 'x' }],
    ['a field that does not exist', { value: 'a', for: '1h', reason: 'x', ttl: 5 }],
    ['no object', 'a'],
  ])('is refused with %s', async (_, body) => {
    const answer = await put('workers', body);
    expect([answer.status, answer.json()['code']]).toEqual([400, 'LF_REQUEST_INVALID']);
  });

  it.each([
    ['a cycle', 'workers', '${workers}', 'LF_REFERENCE_CYCLE'],
    ['an unknown reference', 'workers', '${nobody}', 'LF_REFERENCE_UNKNOWN'],
    ['another region', 'db.host', 'payroll.c9akciq32abc.us-east-1.rds.amazonaws.com', 'LF_REGION_FOREIGN'],
    ['a fact', '@region', 'us-east-1', 'LF_FACT_ASSIGNED'],
  ])('with %s is refused, and leaves the one before in force', async (_, key, value, code) => {
    const before = (await citizen.ask('/v1/generations')).text;
    const answer = await put(key, { value, for: '1h', reason: 'x' });
    expect([answer.status, answer.json()['code']]).toEqual([422, code]);
    expect((await citizen.ask('/v1/generations')).text).toBe(before);
    expect((await citizen.ask('/v1/config/workers')).text).toBe('8');
    expect((await citizen.ask('/v1/config/log.level')).text).toBe('TRACE');
  });

  it('without the token is refused, and no generation has its number', async () => {
    const before = (await citizen.ask('/v1/generations')).text;
    const body = '{"value":"5","for":"1h","reason":"x"}';
    expect((await citizen.askTcp('/v1/overrides/workers', { method: 'PUT', body })).status).toBe(401);
    expect((await citizen.ask('/v1/generations')).text).toBe(before);
    const { generation } = (await put('workers', { value: '9', for: '1h', reason: 'x' })).json();
    const [newest] = (await citizen.json('/v1/generations'))['generations'] as Json[];
    expect(generation).toBe((JSON.parse(before) as { generations: Json[] }).generations.length + 1);
    expect(newest).toMatchObject({ generation, state: 'active' });
    await citizen.ask('/v1/overrides/workers', { method: 'DELETE' });
  });

  it('that is not there cannot be taken away', async () => {
    const answer = await citizen.ask('/v1/overrides/workers', { method: 'DELETE' });
    expect([answer.status, answer.json()['code']]).toEqual([404, 'LF_NO_SUCH_KEY']);
  });
});

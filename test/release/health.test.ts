import { describe, expect, it } from 'vitest';
import { healthKey, healthPrefix, parseHealth, printHealth } from '../../config-service/release/health.ts';

const HEALTH = {
  release: 'r1',
  ok: false,
  code: 'LF_PARSE',
  at: '2026-11-21T03:21:00.000Z',
  instanceId: 'i-1',
  role: 'web',
  environment: null,
  zone: null,
  relocated: false,
};
const parse = (document: unknown) => parseHealth(Buffer.from(JSON.stringify(document)));

describe('a health report', () => {
  it('lies below its release, one for an instance', () => {
    expect(healthKey(HEALTH)).toBe(`${healthPrefix('r1')}i-1.json`);
  });

  it('reads back what was printed', () => {
    expect(parseHealth(Buffer.from(printHealth(HEALTH)))).toEqual(HEALTH);
    const well = { ...HEALTH, ok: true, code: null, zone: 'eu-west-1a', relocated: true };
    expect(parseHealth(Buffer.from(printHealth(well)))).toEqual(well);
  });

  it('is read from agents that did not say where they run', () => {
    const { zone: _zone, relocated: _relocated, ...before } = HEALTH;
    expect(parse(before)).toEqual(HEALTH);
  });

  it.each([
    'nonsense',
    null,
    [],
    { ...HEALTH, release: 1 },
    { ...HEALTH, ok: 'yes' },
    { ...HEALTH, code: undefined },
    { ...HEALTH, at: 'today' },
    { ...HEALTH, instanceId: undefined },
    { ...HEALTH, role: 7 },
    { ...HEALTH, zone: 7 },
  ])('%#: is not made of anything else', (document) => {
    expect(parse(document)).toBeUndefined();
    expect(parseHealth(Buffer.from([0xff]))).toBeUndefined();
  });
});

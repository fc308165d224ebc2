import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Citizen } from './citizen.ts';
import { Payroll, TREE } from './payroll.ts';

const ON = { LANDFALL_CONFIG_TREE: 'on' };

let payroll: Payroll;
let citizen: Citizen;
beforeAll(async () => {
  payroll = await Payroll.open({
    files: { ...TREE, 'base/secret.properties': 'token=${@ssm:/payroll/token}\n' },
  });
  payroll.sandbox.parameters.put('eu-west-1', '/payroll/token', 'hunter2');
  citizen = await payroll.run({ env: ON });
});
afterAll(() => payroll[Symbol.asyncDispose]());

const place = (name: string): string => join(citizen.base, 'run', name);
const read = (name: string): string => readFileSync(place(name), 'utf8');
const modeOf = (name: string): string => (statSync(place(name)).mode & 0o777).toString(8);
const level = (value: string): void =>
  payroll.put('environment/prod/prod.properties', `log.level=${value}\n`);

describe('the configuration as files', () => {
  it('is what the API serves, secrets for the owner only', async () => {
    const { properties } = (await citizen.ask('/v1/config')).json() as {
      properties: Record<string, string | readonly string[]>;
    };
    const files = Object.fromEntries(
      readdirSync(place('config')).map((name) => [name, read(`config/${name}`)]),
    );
    const texts = Object.entries(properties).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
    expect(files).toEqual(Object.fromEntries(texts));
    expect([files['nginx.upstreams'], files['nginx.upstreams.0'], files['token']]).toEqual([
      '["a","b"]',
      'a',
      'hunter2',
    ]);
    expect([modeOf('config/db.host'), modeOf('config/token'), modeOf('config.env')]).toEqual([
      '644',
      '600',
      '600',
    ]);
    expect(read('config.env')).toBe((await citizen.ask('/v1/config?format=env')).text);
  });

  it('changes with it, as one, and stays as it is while nothing changes or what came was refused', async () => {
    level('INFO');
    await citizen.settles();
    expect([read('config/log.level'), read('config.env').includes('LOG_LEVEL="INFO"')]).toEqual([
      'INFO',
      true,
    ]);
    const link = readlinkSync(place('config'));
    payroll.put('base/other.properties', '# a comment\n');
    await citizen.settles();
    payroll.put('base/other.properties', 'cache=payroll.abc123.0001.use1.cache.amazonaws.com\n');
    await citizen.cli('refresh');
    payroll.delete('base/other.properties');
    await citizen.settles();
    expect(readlinkSync(place('config'))).toBe(link);
    await citizen.cli('set', 'log.level', 'DEBUG', '--for', '1h', '--reason', 'test');
    expect(read('config/log.level')).toBe('DEBUG');
    await citizen.cli('unset', 'log.level');
  });

  it('goes back with what the plan could not bring into effect', async () => {
    payroll.put(
      'base/plan.yaml',
      `templates: { t: { source: t, target: ${citizen.base}/t, reload: "false" } }\n`,
    );
    payroll.put('base/t', '{{ log.level }}');
    level('BROKEN');
    await citizen.cli('refresh');
    expect((await citizen.ask('/v1/config/log.level')).text).toBe('INFO');
    expect(read('config/log.level')).toBe('INFO');
    payroll.delete('base/plan.yaml');
    payroll.delete('base/t');
    level('INFO');
    await citizen.settles();
    expect(readdirSync(place('')).filter((name) => name.startsWith('tree-')).length).toBeLessThanOrEqual(2);
  });

  it('outlives a restart of the agent, and is gone where it is turned off, and in another region', async () => {
    await citizen.kill();
    expect(read('config/log.level')).toBe('INFO');
    const again = await payroll.restart(citizen, { env: ON }).ready();
    expect(read('config/log.level')).toBe('INFO');
    await again.kill();
    const elsewhere = await payroll.launchAgain({ region: 'us-east-1', tags: { role: 'web' } });
    const copy = payroll.restart(citizen, { env: ON, imdsUrl: elsewhere.imdsUrl });
    await copy.until('/v1/status', () => !existsSync(place('config')) && !existsSync(place('config.env')));
    await copy.kill();
    await (await payroll.restart(citizen, { env: ON }).ready()).kill();
    expect(existsSync(place('config/db.host'))).toBe(true);
    await payroll.restart(citizen).ready();
    expect(readdirSync(place('')).filter((name) => /^(?:config|tree-)/.test(name))).toEqual([]);
  });

  it('holds up the boot, with what to do, where something else stands in its place', async () => {
    const other = await payroll.finish({ env: { LANDFALL_BOOT_TIMEOUT: '20s' } });
    expect(other.code).toBe(0);
    const base = join(citizen.base, 'second');
    mkdirSync(join(base, 'run/config'), { recursive: true });
    mkdirSync(join(base, 'empty'));
    const { code, stderr } = await payroll.finish({ base, env: { ...ON, LANDFALL_BOOT_TIMEOUT: '20s' } });
    expect([code, stderr.includes('LF_APPLY_TARGET'), stderr.includes('config-tree')]).toEqual([
      7,
      true,
      true,
    ]);
  });
});

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newBase, type Citizen, type Json } from './citizen.ts';
import { Payroll, REGION } from './payroll.ts';

const TABLE = readFileSync(new URL('../region/fixtures/ip-ranges.json', import.meta.url));
/** Of us-east-1 and of eu-west-1, as the table says. */
const FOREIGN = 'audit.host=52.94.133.131\n';
const HOME = 'audit.host=3.4.12.4\n';

const guardOf = async (citizen: Citizen): Promise<Json> =>
  ((await citizen.json('/v1/status')) as { guard: Json }).guard;

describe('what the guard only shows', () => {
  it('stands by key in status and metrics, and nowhere by its text', async () => {
    await using payroll = await Payroll.open();
    payroll.put('base/audit.properties', `${FOREIGN}artifacts=acme-artifacts-us-east-1\n`);
    const citizen = await payroll.run();
    expect(await guardOf(citizen)).toMatchObject({
      mode: 'enforce',
      findings: 0,
      unknown: { setting: 'warn', count: 1, places: [{ key: 'audit.host', region: 'unknown' }] },
      hints: { setting: 'show', count: 1, places: [{ key: 'artifacts', region: 'us-east-1' }] },
      ipRanges: { from: null, failure: null },
    });
    const { text } = await citizen.ask('/metrics');
    expect(text).toMatch(/^landfall_guard_unknown\{kind="region-unknown:public-address"\} 1$/m);
    expect(text).toMatch(/^landfall_guard_hints\{kind="hint:bucket-name"\} 1$/m);
    expect(text).toMatch(/^landfall_guard_mode\{mode="enforce"\} 1$/m);
    const { stdout } = await citizen.cli('status');
    expect(stdout).toMatch(/^guard +enforce, 0 findings, 1 of unknown region, 1 hints$/m);
    expect(stdout).toMatch(/^ +audit\.host: unknown \(region-unknown:public-address\)$/m);
    expect(stdout).toMatch(/^ +artifacts: us-east-1 \(hint:bucket-name\)$/m);
    expect(stdout + JSON.stringify(await guardOf(citizen))).not.toMatch(/52\.94|acme-artifacts/);
  });

  it('is refused with exit 6 where a setting or the plan says so', async () => {
    await using payroll = await Payroll.open();
    payroll.put('base/audit.properties', FOREIGN);
    const args = ['bootstrap'];
    const strict = await payroll.finish({ args: [...args, '--guard-unknown', 'refuse'] });
    expect([strict.code, strict.stderr]).toEqual([6, expect.stringContaining('LF_REGION_UNKNOWN')]);
    payroll.put('base/audit.properties', 'artifacts=acme-artifacts-us-east-1\n');
    payroll.put('base/plan.yaml', 'guard: { hints: refuse }\n');
    const planned = await payroll.finish({ args });
    expect([planned.code, planned.stderr]).toEqual([6, expect.stringContaining('LF_REGION_HINT')]);
  });
});

describe('a table of address ranges', () => {
  it('beside the configuration makes a foreign address a foreign host, and one at home fine', async () => {
    await using payroll = await Payroll.open();
    payroll.put('ip-ranges.json', TABLE);
    payroll.put('base/audit.properties', HOME);
    const citizen = await payroll.run({ env: { LANDFALL_GUARD_UNKNOWN: 'refuse' } });
    const from = `s3://acme-config-${REGION}/payroll/ip-ranges.json`;
    expect(await guardOf(citizen)).toMatchObject({ unknown: { count: 0 }, ipRanges: { from, prefixes: 21 } });
    expect((await citizen.ask('/metrics')).text).toMatch(/^landfall_ip_ranges_age_seconds \d+$/m);
    payroll.put('base/audit.properties', FOREIGN);
    const { code, stderr } = await citizen.cli('refresh');
    expect([code, stderr]).toEqual([
      6,
      expect.stringMatching(/audit\.host names us-east-1.*LF_REGION_FOREIGN/s),
    ]);
    expect((await citizen.cli('get', 'audit.host')).stdout).toBe('3.4.12.4\n');
  });

  it('is not asked for while no value holds an address', async () => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run();
    await citizen.cli('refresh');
    const paths = payroll.sandbox.requests.entries.map(({ path }) => path);
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((path) => path.includes('ip-ranges'))).toEqual([]);
    expect(await guardOf(citizen)).toMatchObject({ ipRanges: null });
  });

  it('as a file judges rendered lines as well', async () => {
    await using payroll = await Payroll.open();
    const base = newBase();
    const file = join(base, 'ranges.json');
    writeFileSync(file, TABLE);
    const target = join(base, 'rendered');
    payroll.put('base/plan.yaml', `templates:\n  q: { source: templates/q.liquid, target: ${target} }\n`);
    payroll.put('base/templates/q.liquid', 'server 52.94.133.{{ tail }};\n');
    payroll.put('base/tail.properties', 'tail=131\n');
    const { code, stderr } = await payroll.finish({ base, args: ['bootstrap', '--ip-ranges', file] });
    expect([code, stderr]).toEqual([6, expect.stringContaining('templates/q.liquid names us-east-1')]);
  });
});

describe('a proxy', () => {
  const address = 'http://user:hunter2@internal-squid-1.us-east-1.elb.amazonaws.com:3128';

  it('of another region ends the boot with 6, and is named without its password', async () => {
    await using payroll = await Payroll.open();
    const { code, stderr } = await payroll.finish({
      args: ['bootstrap'],
      env: { HTTPS_PROXY: address, NO_PROXY: '*' },
    });
    expect([code, stderr]).toEqual([
      6,
      expect.stringContaining('internal-squid-1.us-east-1.elb.amazonaws.com'),
    ]);
    expect(stderr).not.toContain('hunter2');
  });

  it('of nowhere stands in the log, in status and in doctor', async () => {
    await using payroll = await Payroll.open();
    const env = { HTTPS_PROXY: 'http://u:hunter2@10.0.0.5:3128', NO_PROXY: '*' };
    const citizen = await payroll.run({ env });
    expect(citizen.agent.stderr).toMatch(/"variable":"HTTPS_PROXY","address":"http:\/\/10\.0\.0\.5:3128"/);
    expect(await citizen.json('/v1/status')).toMatchObject({
      detours: expect.arrayContaining([
        { variable: 'HTTPS_PROXY', address: 'http://10.0.0.5:3128', kind: 'proxy', plain: false },
      ]) as unknown,
    });
    const { stdout } = await citizen.cli('doctor');
    expect(stdout).toContain('HTTPS_PROXY is set and followed: http://10.0.0.5:3128');
    expect(citizen.agent.stderr + stdout).not.toContain('hunter2');
  });
});

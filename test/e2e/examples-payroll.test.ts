import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_MACHINE } from './example-machine.ts';
import { changesUntilStopped, ExampleSite, otherThan, REGIONS } from './example-site.ts';

if (NO_MACHINE !== undefined) console.warn(`SKIPPED: examples/payroll as a frontend, because ${NO_MACHINE}`);

const ACCOUNT = '123456789012';
const DB = { 'eu-west-1': 'd0blckr43xyz', 'us-east-1': 'c9akciq32abc' };

describe.skipIf(NO_MACHINE !== undefined)('examples/payroll, a frontend', () => {
  let site: ExampleSite;
  beforeAll(async () => {
    site = await ExampleSite.open({
      example: 'payroll',
      role: 'frontend',
      tools: ['systemctl', 'apt-get'],
    });
    for (const region of REGIONS) site.machine(region).install('nginx', '/usr/local/example-store/nginx');
    for (const region of REGIONS) {
      const { code, stdout, stderr } = await site.boot(region);
      console.log(stdout, stderr);
      expect({ code }).toEqual({ code: 0 });
    }
  });
  afterAll(() => site?.[Symbol.asyncDispose]());

  it.each(REGIONS)('comes up in %s', (region) => {
    const machine = site.machine(region);
    console.log(machine.calls, [...machine.files.keys()]);
    console.log(machine.read('/etc/nginx/nginx.conf'), machine.read('/etc/payroll/payroll.env'));
    expect(machine.naming(otherThan(region))).toEqual([]);
  });
  it.each(REGIONS)('again %s', async (region) => {
    const machine = site.machine(region);
    const { files, calls } = machine;
    const c = await site.run(region);
    console.log(await changesUntilStopped(c), c.agent.stderr);
    expect(machine.files).toEqual(files);
    expect(machine.calls).toEqual(calls);
  });
});

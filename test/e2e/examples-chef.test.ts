import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeUnless } from '../support/unless.ts';
import { NO_MACHINE } from './example-machine.ts';
import { changesUntilStopped, ExampleSite, otherThan, REGIONS } from './example-site.ts';

const CONVERGE =
  'chef-client --once --no-fork --config /etc/chef/client.rb --json-attributes /etc/chef/first-boot.json';
/** What the stand-in for chef-client was given. */
const GIVEN = '/var/log/example-chef';

const keyOf = (region: string): string => `-----BEGIN RSA PRIVATE KEY-----\n${region}\n`;

describeUnless(NO_MACHINE, 'examples/chef', () => {
  let site: ExampleSite;
  beforeAll(async () => {
    site = await ExampleSite.open({
      example: 'chef',
      role: 'web',
      tools: ['apt-get'],
      objects: (region) => ({ [`acme-chef-${region}/acme-validator.pem`]: keyOf(region) }),
    });
    for (const region of REGIONS) site.machine(region).offer('chef', 'chef-client');
  });
  afterAll(() => site?.[Symbol.asyncDispose]());

  it.each(REGIONS)('installs Chef and converges once in %s', async (region) => {
    expect(await site.boot(region)).toMatchObject({ code: 0 });
    expect(site.machine(region).calls).toEqual(['apt-get -q update', 'apt-get -qy install chef', CONVERGE]);
  });

  it.each(REGIONS)('makes the role tag a run list in %s', (region) => {
    expect(JSON.parse(site.machine(region).read(`${GIVEN}/first-boot.json`))).toEqual({
      run_list: ['role[base]', 'role[web]', 'recipe[nginx::tls]'],
      chef_environment: 'prod',
      landfall: { region, zone: `${region}a`, role: 'web' },
      payroll: { workers: '24', greeting: `Hello from ${region}` },
    });
  });

  it.each(REGIONS)('tells chef-client who it is in %s, and brings the key from its own bucket', (region) => {
    const machine = site.machine(region);
    const client = machine.read(`${GIVEN}/client.rb`);
    expect(client).toContain(
      `chef_server_url        "https://chef.${region}.example.com/organizations/acme"\n`,
    );
    expect(client).toContain(`node_name              "web-${site.instanceId(region)}"\n`);
    expect(client).toContain('log_level              :warn\n');
    expect(machine.read(`${GIVEN}/validation.pem`)).toBe(keyOf(region));
    expect(machine.mode('/etc/chef/validation.pem')).toBe('600');
    expect(machine.naming(otherThan(region))).toEqual([]);
  });

  it.each(REGIONS)(
    'changes nothing and does not converge again when it starts again in %s',
    async (region) => {
      const machine = site.machine(region);
      const before = { files: machine.files, calls: machine.calls };
      expect(await site.plan(region)).toMatch(/^nothing would change;/);
      expect(await changesUntilStopped(await site.run(region))).toEqual([]);
      expect({ files: machine.files, calls: machine.calls }).toEqual(before);
    },
  );

  it('converges again with the attributes of a new configuration', async () => {
    const machine = site.machine('eu-west-1');
    const { length } = machine.calls;
    const citizen = await site.run('eu-west-1');
    site.put('eu-west-1', 'environment/prod/prod.properties', 'payroll.workers = 32\n');
    await citizen.serves('payroll.workers', '32');
    await citizen.settles();
    expect(machine.calls.slice(length)).toEqual([CONVERGE]);
    const { payroll } = JSON.parse(machine.read(`${GIVEN}/first-boot.json`)) as { payroll: unknown };
    expect(payroll).toEqual({ workers: '32', greeting: 'Hello from eu-west-1' });
  });

  it('is refused with the key of another region, before anything runs', async () => {
    const machine = site.machine('us-east-1');
    const before = machine.calls;
    const citizen = await site.run('us-east-1');
    const foreign = site.sandbox.getObject('acme-config-eu-west-1', 'site/region/eu-west-1/init.json');
    site.put('us-east-1', 'region/us-east-1/init.json', foreign?.body ?? '');
    const { message } = await citizen.fails('LF_REGION_BUCKET');
    expect(message).toContain(
      'acme-validator.pem: the bucket is in eu-west-1, this instance is in us-east-1',
    );
    expect(machine.calls).toEqual(before);
    expect(machine.read('/etc/chef/validation.pem')).toBe(keyOf('us-east-1'));
  });
});

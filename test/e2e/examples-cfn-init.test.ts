import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tarOf } from '../support/archives.ts';
import { describeUnless } from '../support/unless.ts';
import { NO_MACHINE } from './example-machine.ts';
import { changesUntilStopped, ExampleSite, otherThan, REGIONS, type Region } from './example-site.ts';

const documentOf = (region: Region): string =>
  readFileSync(`examples/cfn-init/region/${region}/init.json`, 'utf8');

describeUnless(NO_MACHINE, 'examples/cfn-init', () => {
  let site: ExampleSite;
  beforeAll(async () => {
    site = await ExampleSite.open({
      example: 'cfn-init',
      role: 'web',
      tools: ['mysql', 'php', 'rpm', 'systemctl', 'yum'],
      objects: (region) => ({
        [`acme-artefacts-${region}/payroll/assets.tar.gz`]: gzipSync(
          tarOf({ 'style.css': `/* ${region} */\n` }),
        ),
      }),
    });
  });
  afterAll(() => site?.[Symbol.asyncDispose]());

  it.each(REGIONS)('does in %s what cfn-init would, in its order', async (region) => {
    expect(await site.boot(region)).toMatchObject({ code: 0 });
    expect(site.machine(region).calls).toEqual([
      'yum -y install httpd mariadb105-server php php-mysqlnd',
      'systemctl enable mariadb',
      'systemctl start mariadb',
      'systemctl enable httpd',
      'systemctl start httpd',
      'systemctl enable cfn-hup',
      'systemctl start cfn-hup',
      'mysql --user=root',
      // Its environment is replaced by the document's; that it fails is ignored, as the document says.
      'php in /var/www/html as production, from nowhere',
    ]);
  });

  it.each(REGIONS)('makes group, user, files and what the archive holds, in %s', (region) => {
    const machine = site.machine(region);
    expect(machine.read('/etc/group')).toMatch(/^deployers:x:\d+:payroll$/m);
    expect(machine.read('/etc/passwd')).toMatch(/^payroll:x:.*:\/srv\/payroll:\/sbin\/nologin$/m);
    expect(machine.read('/var/www/html/index.php')).toContain(`<h1>Payroll in ${region}</h1>`);
    expect(machine.read('/var/www/html/assets/style.css')).toBe(`/* ${region} */\n`);
    expect(machine.read('/var/lib/example-database')).toBe(machine.read('/etc/payroll/setup.sql'));
    expect(machine.read('/etc/cfn/cfn-hup.conf')).toContain(`\nregion=${region}\n`);
    expect(machine.mode('/etc/cfn/cfn-hup.conf')).toBe('400');
    expect(machine.naming(otherThan(region))).toEqual([]);
  });

  it.each(REGIONS)('changes nothing when it starts again in %s', async (region) => {
    const machine = site.machine(region);
    const before = { files: machine.files, calls: machine.calls };
    // A preview runs no test of a command, so it cannot know.
    const plan = (await site.plan(region)).trimEnd().split('\n');
    expect(plan).toEqual([expect.stringMatching(/01_create_database +if its test/), expect.any(String)]);
    expect(await changesUntilStopped(await site.run(region))).toEqual([]);
    expect({ files: machine.files, calls: machine.calls }).toEqual(before);
  });

  it('restarts a service for the files that it waits for, and nothing else', async () => {
    const machine = site.machine('eu-west-1');
    const { length } = machine.calls;
    site.put(
      'eu-west-1',
      'region/eu-west-1/init.json',
      documentOf('eu-west-1').replace('\\nregion=eu-west-1\\n', '$&interval=1\\n'),
    );
    expect(await changesUntilStopped(await site.run('eu-west-1'))).toEqual([
      'init.lamp replace',
      'init.lamp restart',
    ]);
    expect(machine.calls.slice(length)).toEqual(['systemctl restart cfn-hup']);
    expect(machine.read('/etc/cfn/cfn-hup.conf')).toMatch(/\nregion=eu-west-1\ninterval=1\n$/);
  });

  it('is refused with the document of another region, and nothing of it is run', async () => {
    const machine = site.machine('us-east-1');
    const before = { files: machine.files, calls: machine.calls };
    const citizen = await site.run('us-east-1');
    site.put('us-east-1', 'region/us-east-1/init.json', documentOf('eu-west-1'));
    await citizen.fails('LF_REGION_FOREIGN');
    expect({ files: machine.files, calls: machine.calls }).toEqual(before);
  });
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeUnless } from '../support/unless.ts';
import { NO_MACHINE } from './example-machine.ts';
import { changesUntilStopped, ExampleSite, otherThan, REGIONS } from './example-site.ts';

const DATABASE = {
  'eu-west-1': 'payroll.d0blckr43xyz.eu-west-1.rds.amazonaws.com',
  'us-east-1': 'payroll.c9akciq32abc.us-east-1.rds.amazonaws.com',
};
const CACHE = {
  'eu-west-1': 'payroll.q7w8e9.ng.0001.euw1.cache.amazonaws.com',
  'us-east-1': 'payroll.x1y2z3.ng.0001.use1.cache.amazonaws.com',
};
const TAX_RULES = { 'eu-west-1': 'ie-paye-2026', 'us-east-1': 'us-federal-2026' };

describeUnless(NO_MACHINE, 'examples/payroll on nginx', () => {
  let site: ExampleSite;
  beforeAll(async () => {
    site = await ExampleSite.open({ example: 'payroll', role: 'frontend', tools: ['systemctl', 'apt-get'] });
    const files = { '/etc/nginx/mime.types': 'types {\n}\n' };
    for (const region of REGIONS) site.machine(region).offer('nginx', 'nginx', files);
  });
  afterAll(() => site?.[Symbol.asyncDispose]());

  it.each(REGIONS)(
    'comes up in %s: nginx installed, checked, started; the processes beside it',
    async (region) => {
      expect(await site.boot(region)).toMatchObject({ code: 0 });
      expect(site.machine(region).calls).toEqual([
        'apt-get -q update',
        'apt-get -qy install nginx',
        'nginx -t',
        'systemctl try-reload-or-restart nginx',
        'systemctl enable nginx',
        'systemctl start nginx',
        'systemctl enable payroll@8081',
        'systemctl start payroll@8081',
        'systemctl enable payroll@8082',
        'systemctl start payroll@8082',
      ]);
    },
  );

  it.each(REGIONS)('has an nginx.conf with the upstreams of its list, in %s', (region) => {
    const conf = site.machine(region).read('/etc/nginx/nginx.conf');
    expect(conf).toContain(`# payroll in ${region} (prod).`);
    expect(conf).toContain(`
  upstream payroll {
    least_conn;
    server 127.0.0.1:8081 max_fails=3 fail_timeout=10s;
    server 127.0.0.1:8082 max_fails=3 fail_timeout=10s;
    keepalive 32;
  }
`);
    expect(conf).toContain('error_log /var/log/nginx/error.log warn;\n');
    expect(site.machine(region).mode('/etc/nginx/nginx.conf')).toBe('644');
  });

  it.each(REGIONS)('gives the processes the environment of %s', (region) => {
    expect(site.machine(region).read('/etc/payroll/payroll.env').trimEnd().split('\n')).toEqual([
      `CACHE_URL="redis://${CACHE[region]}:6379/0"`,
      `DATABASE_POOL="40"`,
      `DATABASE_URL="jdbc:postgresql://${DATABASE[region]}:5432/payroll?ssl=true"`,
      `DOCUMENTS_BUCKET="payroll-documents-123456789012-${region}"`,
      `LOG_LEVEL="WARN"`,
      `MAIL_ENDPOINT="email-smtp.${region}.amazonaws.com"`,
      `PAYSLIPS_QUEUE="https://sqs.${region}.amazonaws.com/123456789012/payslips-prod"`,
      `TAX_RULES="${TAX_RULES[region]}"`,
      `WORKERS="8"`,
    ]);
    expect(site.machine(region).mode('/etc/payroll/payroll.env')).toBe('640');
  });

  it.each(REGIONS)('names nothing of another region in %s', (region) => {
    const other = otherThan(region);
    expect(site.machine(region).naming(other, DATABASE[other], CACHE[other])).toEqual([]);
  });

  it.each(REGIONS)('changes nothing when it starts again in %s', async (region) => {
    const machine = site.machine(region);
    const before = { files: machine.files, calls: machine.calls };
    expect(await site.plan(region)).toMatch(/^nothing would change;/);
    expect(await changesUntilStopped(await site.run(region))).toEqual([]);
    expect({ files: machine.files, calls: machine.calls }).toEqual(before);
  });

  it('follows a change: reloads nginx for its upstreams, restarts the processes for their environment', async () => {
    const machine = site.machine('eu-west-1');
    const { length } = machine.calls;
    const citizen = await site.run('eu-west-1');
    site.put('eu-west-1', 'instance/' + site.instanceId('eu-west-1') + '/more.yaml', MORE);
    await citizen.serves('log.level', 'ERROR');
    await citizen.settles();
    expect(machine.calls.slice(length)).toEqual([
      'nginx -t',
      'systemctl try-reload-or-restart nginx',
      'systemctl restart payroll@8081',
      'systemctl restart payroll@8082',
    ]);
    expect(machine.read('/etc/nginx/nginx.conf')).toContain('server 127.0.0.1:8083 ');
    expect(machine.read('/etc/payroll/payroll.env')).toContain('LOG_LEVEL="ERROR"');
  });

  it('keeps everything when the new nginx.conf does not pass its check', async () => {
    const machine = site.machine('us-east-1');
    const citizen = await site.run('us-east-1');
    const before = { files: machine.files, level: (await citizen.ask('/v1/config/log.level')).text };
    const broken = 'http {\n  upstream payroll {\n';
    site.put('us-east-1', 'role/frontend/templates/nginx.conf.liquid', broken);
    site.put('us-east-1', 'environment/prod/prod.properties', 'log.level = DEBUG\ndb.pool = 1\n');
    expect(await citizen.fails('LF_APPLY_CHECK')).toMatchObject({ code: 'LF_APPLY_CHECK' });
    expect((await citizen.ask('/v1/config/log.level')).text).toBe(before.level);
    expect(machine.read('/etc/nginx/nginx.conf')).toBe(before.files.get('/etc/nginx/nginx.conf')?.text);
    expect(machine.read('/etc/payroll/payroll.env')).toBe(before.files.get('/etc/payroll/payroll.env')?.text);
  });
});

const MORE = `
log: { level: ERROR }
nginx:
  upstreams: [127.0.0.1:8081, 127.0.0.1:8082, 127.0.0.1:8083]
`;

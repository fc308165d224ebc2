import { describe, expect, it } from 'vitest';
import { fakeRoot, IRELAND, LEAVING, troubles, troublesOf } from './fake-root.ts';
import { LEAKS } from './leak-rows.ts';

describe.each([
  ['in eu-west-1', IRELAND, 3],
  ['before an image is made', LEAVING, 4],
] as const)('%s', (_, view, column) => {
  it.each(LEAKS)('%s: %s holding %j', (...leak) => {
    const [check, path, content] = leak;
    const found = troubles({ [path]: content }, view);
    const level = leak[column];
    if (level === 'nothing') {
      expect(found).toEqual([]);
      return;
    }
    expect(new Set(found.map((finding) => `${finding.level} ${finding.check}`))).toEqual(
      new Set([`${level} ${check}`]),
    );
    for (const finding of found) {
      // Of a folder that belongs to one instance, the folder is named.
      expect(finding.file).toMatch(/^\/.*\/landfall-root-/);
      expect(
        finding.file?.endsWith(path) ||
          path.includes(`${finding.file?.split('landfall-root-')[1]?.slice(6)}/`),
      ).toBe(true);
      expect(finding.wayOut).toMatch(/\S/);
      expect(finding.code).toBe(level === 'failure' ? 'LF_REGION_HOST' : undefined);
    }
  });
});

it('the line is named, and the region', () => {
  const [finding, ...others] = troubles({ '/etc/environment': 'A=1\n\nAWS_REGION=us-east-1\n' }, IRELAND);
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ line: 3, region: 'us-east-1', check: 'profiles' });
  expect(finding?.says).toMatch(/\/etc\/environment:3 sets AWS_REGION to us-east-1; home is eu-west-1$/);
  expect(finding?.wayOut).toMatch(/^sed -i\.bak '\/AWS_REGION\/d' \/\S+\/etc\/environment$/);
});

it('a path that a shell would take apart is quoted in the way out', () => {
  const [finding] = troubles({ "/home/o'neil and co/.aws/config": 'region = us-east-1\n' }, IRELAND);
  expect(finding?.wayOut).toMatch(/rm '\/.*\/o'\\''neil and co\/\.aws\/config'$/);
});

it('a file that names a region often is one finding', () => {
  const found = troubles({ '/etc/hosts': '10.0.0.1 a.ec2.internal\n'.repeat(40) }, IRELAND);
  expect(found).toHaveLength(1);
  expect(found[0]?.says).toContain(':1 names us-east-1 (a.ec2.internal) and 39 more');
});

it('an environment file is found by the unit that names it', () => {
  const files = {
    '/etc/systemd/system/app.service':
      '[Service]\nEnvironmentFile=-/opt/app/env\nEnvironmentFile=/opt/none\n',
    '/opt/app/env': 'AWS_REGION=us-east-1\n',
  };
  const found = troubles(files, IRELAND);
  expect(found.map(({ file, level }) => [file?.endsWith('/opt/app/env'), level])).toEqual([
    [true, 'failure'],
  ]);
});

it('what two patterns meet is judged once', () => {
  const files = {
    '/lib': '->usr/lib',
    '/usr/lib/systemd/system/app.service': '[Service]\nEnvironment=AWS_REGION=us-east-1\n',
    '/etc/systemd/system/multi-user.target.wants/app.service': '->/usr/lib/systemd/system/app.service',
    '/etc/systemd/system/alias.service': '->/usr/lib/systemd/system/app.service',
  };
  expect(troubles(files, IRELAND)).toHaveLength(1);
});

it('without knowing home, every region is a warning and decides nothing', () => {
  const found = troubles(
    { '/etc/environment': 'AWS_REGION=us-east-1\n' },
    { home: { kind: 'unknown' }, isImage: false },
  );
  expect(found).toMatchObject([{ level: 'warning' }]);
  expect(found[0]).not.toHaveProperty('code');
});

it('a variable that is right here would be wrong elsewhere', () => {
  expect(troubles({ '/etc/environment': 'AWS_REGION=eu-west-1\n' }, IRELAND)).toMatchObject([
    { level: 'warning' },
  ]);
  expect(troubles({ '/etc/hosts': '10.0.0.1 a.eu-west-1.compute.internal\n' }, IRELAND)).toEqual([]);
});

it('no value is repeated: it may be a secret', () => {
  const files = {
    '/etc/environment': 'AWS_SECRET_ACCESS_KEY=hunter2\nAWS_PROFILE=hunter2\nAWS_REGION=hunter2\n',
    '/root/.aws/credentials': '[hunter2]\naws_secret_access_key = hunter2\nregion = us-east-1\n',
    '/etc/fstab': 'u:hunter2@fs-01234567.efs.us-east-1.amazonaws.com:/ /x nfs4 password=hunter2\n',
  };
  const found = troubles(files, IRELAND);
  expect(found).toHaveLength(5);
  expect(JSON.stringify(found)).not.toContain('hunter2');
});

describe('what is proposed for a disk that is only mounted here', () => {
  const MOUNTED = { ...LEAVING, isMounted: true };
  /** Programs that would act on the machine of whoever looks. */
  const OWN = /(?:^|[;:&] )(?:systemctl|apt-get|yum|dnf|docker|cloud-init|landfall|rm -rf \/var)\b/;

  it.each(LEAKS)('%s: acts on that disk alone, for %s holding %j', (_check, path, content) => {
    const { path: disk, root } = fakeRoot({ [path]: content });
    for (const { wayOut = '' } of troublesOf(root, MOUNTED)) {
      expect(wayOut).not.toMatch(OWN);
      // Every path in it lies below the root.
      const paths = wayOut.match(/(?<=[ (])\/[\w.{]+(?=\/)[^\s;]*/g) ?? [];
      for (const one of paths) expect(one.startsWith(disk), `${one} in ${wayOut}`).toBe(true);
    }
  });

  it('follows links within the disk, never to this host', () => {
    const { path, root } = fakeRoot({
      '/etc/ssh/ssh_host_rsa_key': 'key',
      '/var/lib/apt': '->/srv/apt',
      '/srv/apt/lists/us-east-1.ec2.archive.ubuntu.com_x': 'x',
    });
    const ways = troublesOf(root, MOUNTED).map(({ wayOut }) => wayOut);
    expect(ways).toContain(`rm -rf ${path}/srv/apt/lists/*`);
    expect(ways).toContain(`rm ${path}/etc/ssh/ssh_host_*`);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HostRoot } from '#agent/doctor/base/host-root.ts';
import { fakeRoot, IRELAND, LEAVING, troubles, troublesOf } from './fake-root.ts';

/** What distributions ship, and what is right on a host of any region. */
const STOCK: Readonly<Record<string, string>> = {
  '/etc/environment': 'PATH="/usr/local/sbin:/usr/bin"\n# AWS_REGION=us-east-1 once stood here\n',
  '/etc/profile.d/region.sh':
    'AWS_REGION=$(ec2-metadata --quiet --region)\nexport AWS_REGION\nif [ "$AWS_REGION" = "us-east-1" ]; then :; fi\n',
  '/etc/default/locale': 'LANG=en_US.UTF-8\n# us-east-1 is the region of the example in locale(7)\n',
  '/etc/sysconfig/chronyd': 'OPTIONS="-F 2"\n',
  '/etc/chrony/chrony.conf': 'server 169.254.169.123 prefer iburst minpoll 4 maxpoll 4\n',
  '/etc/security/pam_env.conf':
    '#REMOTEHOST DEFAULT=localhost OVERRIDE=@{PAM_RHOST}\n#AWS_REGION DEFAULT=us-east-1\n',
  '/etc/systemd/system/app.service':
    '# In us-east-1 this was s3.us-east-1.amazonaws.com.\n[Service]\nUnsetEnvironment=AWS_REGION\nEnvironment=AWS_REGION=${REGION}\nPassEnvironment=AWS_REGION\n',
  '/usr/lib/systemd/system/x.service':
    '[Unit]\nDescription=Works in every region, us-east-1 and eu-west-1 alike\nDocumentation=https://docs.aws.amazon.com/x\n',
  '/etc/crontab': 'SHELL=/bin/sh\n17 * * * * root cd / && run-parts --report /etc/cron.hourly\n',
  '/etc/cloud/cloud.cfg':
    'system_info:\n  package_mirrors:\n    - search:\n        primary:\n          - http://%(ec2_region)s.ec2.archive.ubuntu.com/ubuntu/\n          - http://%(availability_zone)s.clouds.archive.ubuntu.com/ubuntu/\n',
  '/etc/hosts': '127.0.0.1 localhost\n169.254.169.254 instance-data\n',
  '/etc/resolv.conf': 'nameserver 127.0.0.53\noptions edns0\nsearch example.com\n',
  '/etc/apt/sources.list':
    'deb http://archive.ubuntu.com/ubuntu noble main\n# deb http://us-east-1.ec2.archive.ubuntu.com/ubuntu noble main\n',
  '/etc/yum/vars/awsregion': 'default\n',
  '/etc/yum.repos.d/amazon.repo':
    '[amzn]\nmirrorlist=https://al2023-repos-$awsregion-de612dc2.s3.$awsregion.$awsdomain/core/mirrors/x86_64/mirror.list\n',
  '/etc/amazon/ssm/amazon-ssm-agent.json':
    '{"Agent":{"Region":"","OrchestrationRootDir":""},"Ssm":{"Endpoint":""}}',
  '/etc/codedeploy-agent/conf/codedeployagent.yml':
    "---\n:log_aws_wire: false\n:root_dir: '/opt/codedeploy-agent/deployment-root'\n",
  '/etc/fstab': 'LABEL=root / ext4 defaults 0 1\n# fs-01234567.efs.us-east-1.amazonaws.com:/ /srv nfs4\n',
  '/etc/landfall/agent.yaml': 'source: s3://acme-config-{region}/payroll\n',
  '/etc/machine-id': 'uninitialized\n',
  '/root/.ssh/known_hosts': '|1|AAAA=|BBBB= ssh-ed25519 AAAAC3Nz\ngithub.com ssh-ed25519 AAAAC3Nz\n',
  '/home/ubuntu/.bashrc':
    '# export AWS_REGION=us-east-1\nexport EDITOR=vi AWS_STS_REGIONAL_ENDPOINTS=regional\nunset AWS_REGION\n',
  '/home/ubuntu/.aws/.keep': '',
  '/var/lib/cloud/scripts/per-boot/.keep': '',
};

describe.each([
  ['in eu-west-1', IRELAND],
  ['before an image is made', LEAVING],
] as const)('%s', (_, view) => {
  it('an empty disk is in order', () => expect(troubles({}, view)).toEqual([]));

  it.each(Object.entries(STOCK))('%s is in order, holding %j', (path, content) => {
    expect(troubles({ [path]: content }, view)).toEqual([]);
  });

  it('so is all of it together', () => expect(troubles(STOCK, view)).toEqual([]));
});

it('a finding that is allowed, with a reason, is none', () => {
  const files = {
    '/etc/default/billing':
      '# landfall:allow us-east-1 billing is only there\nURL=https://ce.us-east-1.amazonaws.com\nHOST=sqs.us-east-1.amazonaws.com # landfall:allow us-east-1 shared queue\n',
  };
  expect(troubles(files, IRELAND)).toEqual([]);
});

/** Only what a distribution ships: where this runs, somebody may well have an AWS_REGION of their own. */
const SHIPPED =
  /^\/(usr\/lib|usr\/local\/lib|lib)\/|^\/etc\/(profile|init\.d|cron\.|security|skel|ssh\/ssh_config|systemd\/\w+\.conf)/;

it.each(['us-east-1', 'eu-west-1'])(
  'what the distribution of this machine ships is in order in %s',
  (region) => {
    const found = troublesOf(new HostRoot('/'), { home: { kind: 'region', region }, isImage: false });
    expect(found.filter(({ file = '' }) => SHIPPED.test(file))).toEqual([]);
  },
);

it('a disk of ten thousand files costs a bounded look, and says what it left out', () => {
  const { path } = fakeRoot({
    '/etc/default/huge': `AWS_REGION=us-east-1\n${'x'.repeat(2 ** 20)}`,
    '/etc/default/a': 'A=1\n',
    '/etc/default/b': 'AWS_REGION=us-east-1\n',
  });
  const limits = {
    fileBytes: 2 ** 20,
    totalBytes: 2 ** 30,
    files: 2,
    folderEntries: 100,
    depth: 2,
    links: 8,
  };
  const found = troublesOf(new HostRoot(path, limits), IRELAND);
  expect(found).toMatchObject([
    { check: 'unread', level: 'note', says: expect.stringContaining('/etc/default/') as string },
  ]);
  expect(found[0]?.says).toContain('the limit of one examination is reached');
  const [large] = troubles(
    { '/etc/default/huge': readFileSync(`${path}/etc/default/huge`, 'latin1') },
    IRELAND,
  );
  expect(large?.says).toMatch(/^not looked into: \S+\/etc\/default\/huge \(larger than 1048576 bytes\)$/);
});

it('what this user may not see is a warning, and no image can be vouched for without it', () => {
  const { root } = fakeRoot();
  root.unread.push({ path: '/root/.aws/config', cause: 'EACCES' });
  expect(troublesOf(root, IRELAND)).toMatchObject([{ check: 'unread', level: 'warning' }]);
  expect(troublesOf(root, LEAVING)).toMatchObject([{ level: 'failure', code: 'LF_REGION_HOST' }]);
});

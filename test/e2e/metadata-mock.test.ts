import { beforeEach, expect, it } from 'vitest';
import { oracle } from '../support/oracle.ts';
import { DepartingSite, GROUP, phase, terminations } from './departing-site.ts';
import { MetadataMock, type MockConfig } from './metadata-mock.ts';
import { Payroll, REGION } from './payroll.ts';

const found = oracle('ec2-metadata-mock');
beforeEach(({ skip }) => {
  if ('missing' in found) skip(found.missing);
});
const start = (config: MockConfig = {}): Promise<MetadataMock> =>
  MetadataMock.start('missing' in found ? '' : found.folder, config);

/** What of the mock cannot be an instance's: an account of ten digits, and credentials that ended in 2020. */
const configOf = (instanceId: string): MockConfig => ({
  dynamic: {
    values: {
      'instance-identity-document': {
        accountId: '123456789012',
        availabilityZone: `${REGION}b`,
        instanceId,
        region: REGION,
        version: '2017-09-30',
        pendingTime: '2019-10-31T07:02:24Z',
        imageId: 'ami-0b69ea66ff7391e80',
        instanceType: 'm4.xlarge',
        architecture: 'x86_64',
        privateIp: '10.0.7.10',
      },
    },
  },
  metadata: {
    values: {
      'iam-security-credentials': {
        Code: 'Success',
        LastUpdated: '2026-01-01T00:00:00Z',
        Type: 'AWS-HMAC',
        AccessKeyId: 'ASIAMOCK',
        SecretAccessKey: 'secret',
        Token: 'token',
        Expiration: new Date(Date.now() + 6 * 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z'),
      },
    },
  },
});

/** It has two tags, Name and Test, so they say who this is. */
const TAGS = { LANDFALL_ROLE_TAG: 'Name', LANDFALL_ENVIRONMENT_TAG: 'Test' };

it('an account that no account can have is named, and nothing is asked of AWS', async () => {
  await using mock = await start();
  await using payroll = await Payroll.open();
  const ended = await payroll.finish({ imdsUrl: mock.url, env: { LANDFALL_BOOT_TIMEOUT: '3s' } });
  expect(ended.stderr).toContain('LF_IDENTITY_MALFORMED');
  expect(ended.stderr).toContain('0123456789');
  expect(payroll.sandbox.requests.entries).toEqual([]);
});

const PLAN = `
hooks: { shutdown: ["echo leaving >> TRACES/hooks"] }
signals: { terminationHook: payroll-end }
`;

it('by AWS’s own mock it knows who it is, notes what may come, and leaves when it has to', async () => {
  await using site = await DepartingSite.open(PLAN, {
    'role/test-instance/web.properties': 'workers=8\n',
    'environment/test-tag/test.properties': 'where=${@region}/${@role}/${@environment}/${@account}\n',
  });
  const hooks = [{ name: 'payroll-end', on: 'termination' }] as const;
  const group = site.payroll.sandbox.groups.add({ name: GROUP, region: REGION, hooks });
  group.instances.set(site.instanceId, 'InService');
  await using mock = await start(configOf(site.instanceId));
  const citizen = await site.run({ imdsUrl: mock.url, env: TAGS });
  expect(await citizen.properties()).toEqual({
    a: '1',
    workers: '8',
    where: `${REGION}/test-instance/test-tag/123456789012`,
  });

  // Each start of the mock is a metadata service that knows none of the tokens it gave before.
  const deadline = ['--not-before', '2031-01-07T01:03:47Z'];
  await mock.says('events', '--code', 'instance-retirement', ...deadline);
  const retirement = {
    source: 'maintenance',
    action: 'instance-retirement',
    state: 'active',
    decision: 'note',
  };
  const at = { at: '2031-01-07T01:03:47Z' };
  await terminations(citizen, phase('notice', { ...retirement, ...at }));
  await mock.says('spot', '--action', 'hibernate', '--rebalance-rec-time', at.at);
  await terminations(citizen, phase('notice', { source: 'spot', action: 'hibernate', decision: 'note' }));
  await terminations(citizen, phase('notice', { source: 'rebalance', decision: 'note', ...at }));
  expect(site.traces('hooks')).toEqual([]);

  group.instances.set(site.instanceId, 'Terminating:Wait');
  await mock.says();
  // Whichever of the two it reads first.
  const both = ['spot', 'autoscaling'].map((source) => phase('notice', { source, decision: 'leave' }));
  const told = phase('step', { step: 'lifecycle', outcome: 'done' });
  await terminations(citizen, (events) => [...both, told].every((each) => each(events)));
  expect(site.traces('hooks')).toEqual(['leaving']);
  expect(site.completed).toEqual(['payroll-end CONTINUE']);
  expect(citizen.agent.stderr).not.toContain('not what AWS writes there');
});

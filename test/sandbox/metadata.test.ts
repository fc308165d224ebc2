import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSandbox } from '../../scripts/sandbox/sandbox.ts';
import type { Sandbox } from '../../scripts/sandbox/sandbox.ts';
import type { SandboxInstance } from '../../scripts/sandbox/imds/instance.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ask } from './wire.ts';

const clock = new FakeClock();
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ clock });
});
afterAll(() => sandbox.close());

async function read(instance: SandboxInstance, path: string): Promise<string | number> {
  const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': '60' };
  const token = (await ask(`${instance.imdsUrl}/latest/api/token`, { method: 'PUT', headers })).body;
  const reply = await ask(`${instance.imdsUrl}/latest/${path}`, {
    headers: { 'x-aws-ec2-metadata-token': token },
  });
  return reply.status === 200 ? reply.body : reply.status;
}

it('shows the identity document with what the instance is', async () => {
  const instance = await sandbox.addInstance({
    region: 'us-east-1',
    zone: 'us-east-1-bos-1a',
    account: '210987654321',
    imageId: 'ami-1',
  });
  expect(JSON.parse(String(await read(instance, 'dynamic/instance-identity/document')))).toMatchObject({
    accountId: '210987654321',
    availabilityZone: 'us-east-1-bos-1a',
    imageId: 'ami-1',
    instanceId: instance.instanceId,
    pendingTime: '2026-11-21T00:00:00Z',
    region: 'us-east-1',
  });
});

it('signs the document the same each time, differently for each instance and kind', async () => {
  const [one, two] = [
    await sandbox.addInstance({ region: 'eu-west-1' }),
    await sandbox.addInstance({ region: 'eu-west-1' }),
  ];
  const path = 'dynamic/instance-identity/signature';
  const signature = await read(one, path);
  expect(signature).toMatch(/^[\w+/=\n]{172,}$/);
  expect(await read(one, path)).toBe(signature);
  expect(await read(two, path)).not.toBe(signature);
  expect(await read(one, 'dynamic/instance-identity/rsa2048')).not.toBe(signature);
});

it('signs another document after a stop and start: pendingTime is another, the instance is the same', async () => {
  const instance = await sandbox.addInstance({ region: 'eu-west-1' });
  const document = async () =>
    JSON.parse(String(await read(instance, 'dynamic/instance-identity/document'))) as Record<string, unknown>;
  const signature = () => read(instance, 'dynamic/instance-identity/signature');
  const before = { document: await document(), signature: await signature() };
  instance.stopAndStart();
  const { pendingTime, ...rest } = await document();
  expect(before.document).toMatchObject(rest);
  expect(pendingTime).not.toBe(before.document['pendingTime']);
  expect(await signature()).not.toBe(before.signature);
});

it('has no signature to give when launched without', async () => {
  const instance = await sandbox.addInstance({ region: 'eu-west-1', signed: false });
  expect(await read(instance, 'dynamic/instance-identity/signature')).toBe(404);
  expect(await read(instance, 'dynamic/instance-identity/')).toBe('document');
});

it('lists directories with a slash behind what goes deeper', async () => {
  const instance = await sandbox.addInstance({ region: 'eu-west-1', tags: { role: 'web' } });
  expect(await read(instance, 'meta-data/placement')).toBe('availability-zone\nregion');
  expect(String(await read(instance, 'meta-data/')).split('\n')).toEqual(
    expect.arrayContaining(['iam/', 'instance-id', 'tags/']),
  );
});

it('shows tags as they change, and none when they are not enabled', async () => {
  const instance = await sandbox.addInstance({
    region: 'eu-west-1',
    tags: { role: 'web', environment: 'prod' },
  });
  expect(await read(instance, 'meta-data/tags/instance')).toBe('environment\nrole');
  instance.tags.set('role', 'worker');
  expect(await read(instance, 'meta-data/tags/instance/role')).toBe('worker');
  instance.tagsInMetadata = false;
  expect(await read(instance, 'meta-data/tags/instance')).toBe(404);
});

it('refuses a launch with a tag key that cannot be a path segment, unless tags are not shown', async () => {
  const tags = { 'cost/center': '1' };
  await expect(sandbox.addInstance({ region: 'eu-west-1', tags })).rejects.toThrow('cost/center');
  await sandbox.addInstance({ region: 'eu-west-1', tags, tagsInMetadata: false });
});

it('knows the partition of a region', async () => {
  const instance = await sandbox.addInstance({ region: 'cn-north-1' });
  expect(await read(instance, 'meta-data/services/partition')).toBe('aws-cn');
  expect(await read(instance, 'meta-data/services/domain')).toBe('amazonaws.com.cn');
});

it('has notices when they are set, and 404 before and after', async () => {
  const instance = await sandbox.addInstance({ region: 'eu-west-1' });
  const notice = '{"action":"terminate","time":"2026-11-21T00:02:00Z"}';
  expect(await read(instance, 'meta-data/spot/instance-action')).toBe(404);
  instance.setMetadata('spot/instance-action', notice);
  expect(await read(instance, 'meta-data/spot/instance-action')).toBe(notice);
  instance.setMetadata('spot/instance-action', undefined);
  expect(await read(instance, 'meta-data/spot/instance-action')).toBe(404);
  expect(await read(instance, 'meta-data/autoscaling/target-lifecycle-state')).toBe('InService');
  expect(await read(instance, 'meta-data/events/maintenance/scheduled')).toBe('[]');
});

it('issues role credentials in the shape of EC2, and new ones five minutes ahead of their end', async () => {
  const instance = await sandbox.addInstance({ region: 'eu-west-1', credentialsLifetimeMs: 3_600_000 });
  const role = 'meta-data/iam/security-credentials/landfall';
  expect(await read(instance, 'meta-data/iam/security-credentials/')).toBe('landfall');
  const first = JSON.parse(String(await read(instance, role)));
  expect(first).toMatchObject({ Code: 'Success', Type: 'AWS-HMAC', Expiration: '2026-11-21T01:00:00Z' });
  expect(first.AccessKeyId).toMatch(/^ASIA[A-Z0-9]{16}$/);
  expect(first.SecretAccessKey).toHaveLength(40);
  await clock.advance(55 * 60_000);
  expect(JSON.parse(String(await read(instance, role)))).toEqual(first);
  await clock.advance(1);
  expect(JSON.parse(String(await read(instance, role))).AccessKeyId).not.toBe(first.AccessKeyId);
});

it('has no iam/ for an instance without a role', async () => {
  const instance = await sandbox.addInstance({ region: 'eu-west-1', role: null });
  expect(await read(instance, 'meta-data/iam/security-credentials/')).toBe(404);
});

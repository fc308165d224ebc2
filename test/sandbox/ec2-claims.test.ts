import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallResult } from '#agent/aws/aws-calls.ts';
import { startSandbox, type Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { callsAt } from '../support/aws-calls.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { PIN } from '../support/pinned.ts';

const { region } = PIN;
const zone = `${region}a`;
const { signal } = new AbortController();

let clock: FakeClock;
let sandbox: Sandbox;

beforeEach(async () => {
  clock = new FakeClock();
  sandbox = await startSandbox({ clock });
  await sandbox.addInstance({ instanceId: 'i-0a', region, zone });
});
afterEach(() => sandbox.close());

async function call(action: string, params: Readonly<Record<string, string>>): Promise<CallResult> {
  return await callsAt(new URL(sandbox.url)).query('ec2', action, params, { signal });
}

async function attach(VolumeId = ''): Promise<CallResult> {
  return await call('AttachVolume', { VolumeId, InstanceId: 'i-0a', Device: '/dev/sdf' });
}

function filter(name: string, value: string): Readonly<Record<string, string>> {
  return { 'Filter.1.Name': name, 'Filter.1.Value.1': value };
}

async function textOf(action: string, params: Readonly<Record<string, string>> = {}): Promise<string> {
  const result = await call(action, params);
  return result.kind === 'ok' ? result.text : JSON.stringify(result);
}

describe('addresses', () => {
  it('are read as late as the lag says, and changed at once', async () => {
    const AllocationId = sandbox.addresses.allocate(region);
    await clock.advance(10_000);
    sandbox.addresses.lag = () => 5_000;
    const asked = { AllocationId, InstanceId: 'i-0a', AllowReassociation: 'false' };
    expect(await call('AssociateAddress', asked)).toMatchObject({ kind: 'ok' });
    expect(sandbox.addresses.holderOf(AllocationId)).toBe('i-0a');
    expect(await textOf('DescribeAddresses')).not.toContain('i-0a');
    await clock.advance(5_000);
    expect(await textOf('DescribeAddresses')).toContain('<instanceId>i-0a</instanceId>');
  });

  it('are refused to an instance that does not exist, and to another one unless it may take them away', async () => {
    const AllocationId = sandbox.addresses.allocate(region);
    await sandbox.addInstance({ instanceId: 'i-0b', region, zone });
    const ask = (InstanceId: string, more = {}) =>
      call('AssociateAddress', { AllocationId, InstanceId, ...more });
    expect(await ask('i-0none')).toMatchObject({ code: 'InvalidInstanceID.NotFound' });
    await ask('i-0a');
    const refused = await ask('i-0b', { AllowReassociation: 'false' });
    expect(refused).toMatchObject({ code: 'Resource.AlreadyAssociated', class: 'exists' });
    // As AWS does by default, in a VPC.
    expect(await ask('i-0b')).toMatchObject({ kind: 'ok' });
    expect(sandbox.addresses.holderOf(AllocationId)).toBe('i-0b');
  });
});

describe('volumes', () => {
  it('pass through attaching and detaching', async () => {
    const VolumeId = sandbox.volumes.create({ region, zone });
    sandbox.volumes.attachMs = 1_000;
    sandbox.volumes.detachMs = 1_000;
    await call('AttachVolume', { VolumeId, InstanceId: 'i-0a', Device: '/dev/sdf' });
    expect(await textOf('DescribeVolumes')).toContain('<status>attaching</status>');
    await clock.advance(1_000);
    expect(await textOf('DescribeVolumes')).toContain('<status>attached</status>');
    await call('DetachVolume', { VolumeId });
    expect(await textOf('DescribeVolumes')).toContain('<status>detaching</status>');
    await clock.advance(1_000);
    expect(await textOf('DescribeVolumes')).toContain('<status>available</status>');
  });

  it('are refused in another zone, twice, and under a name that is taken', async () => {
    const [VolumeId, other, far] = [zone, zone, `${region}b`].map((at) =>
      sandbox.volumes.create({ region, zone: at }),
    );
    expect(await attach(far)).toMatchObject({ code: 'InvalidVolume.ZoneMismatch' });
    expect(await attach(VolumeId)).toMatchObject({ kind: 'ok' });
    expect(await attach(VolumeId)).toMatchObject({ code: 'VolumeInUse' });
    expect(await attach(other)).toMatchObject({ code: 'InvalidParameterValue' });
  });
});

it('a filter that EC2 does not have is refused, and a backslash takes the meaning from a star', async () => {
  sandbox.addresses.allocate(region, { service: 'pay' });
  const starred = sandbox.addresses.allocate(region, { service: 'pay*' });
  expect(await call('DescribeAddresses', filter('colour', 'red'))).toMatchObject({
    code: 'InvalidParameterValue',
  });
  const found = await textOf('DescribeAddresses', filter('tag:service', String.raw`pay\*`));
  expect(found.match(/eipalloc-\w+/g)).toEqual([starred]);
  expect((await textOf('DescribeAddresses', filter('tag:service', 'pay*'))).match(/eipalloc-/g)).toHaveLength(
    2,
  );
});

it('whoever does not run in the process makes them, and takes them away, over HTTP', async () => {
  const put = async (path: string, body: object): Promise<Response> =>
    fetch(new URL(`/_sandbox/${path}`, sandbox.url), { method: 'PUT', body: JSON.stringify(body) });
  const tags = { service: 'payroll' };
  const made = (await (await put('addresses', { region, tags })).json()) as { allocationId: string };
  expect((await put(`addresses/${made.allocationId}/holder`, { instanceId: 'i-0b' })).status).toBe(204);
  expect(sandbox.addresses.holderOf(made.allocationId)).toBe('i-0b');
  expect((await put(`addresses/${made.allocationId}/holder`, {})).status).toBe(204);
  expect(sandbox.addresses.holderOf(made.allocationId)).toBeUndefined();
  expect((await put('volumes', { region, zone, tags })).status).toBe(201);
  expect((await put('volumes', { region })).status).toBe(400);
  expect(await textOf('DescribeVolumes')).toContain('<value>payroll</value>');
});

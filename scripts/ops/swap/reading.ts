import {
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  type Address as SdkAddress,
  type EC2Client,
  type Instance as SdkInstance,
  type Volume as SdkVolume,
} from '@aws-sdk/client-ec2';
import { askPatiently, type Answer } from '../across/answer.ts';
import type { Patience } from '../across/patience.ts';
import type { Address, Holdings, Instance, Pair, Place, Volume } from './holdings.ts';

/** Ids of what is moved: allocation ids or addresses, and volumes. */
export interface Named {
  readonly addresses: readonly string[];
  readonly volumes: readonly string[];
}

/**
 * Looks once at all of it. What EC2 says is not there is left out, and only by its own code for that: an error of a lookup
 * stays an error. Each thing is asked for by its id, since one unknown id refuses a whole list.
 */
export async function readHoldings(
  ec2: EC2Client,
  patience: Patience,
  { blue, green }: Pair,
  named: Named,
): Promise<Answer<Holdings>> {
  const look = { ec2, patience };
  const [blues, greens, addresses, volumes] = await Promise.all([
    readInstance(look, blue),
    readInstance(look, green),
    Promise.all(named.addresses.map((id) => readAddress(look, id))),
    Promise.all(named.volumes.map((id) => readVolume(look, id))),
  ]);
  for (const answer of [blues, greens, ...addresses, ...volumes])
    if (answer.kind === 'refused') return answer;
  const value = {
    blue: there(blues)[0],
    green: there(greens)[0],
    addresses: addresses.flatMap(there),
    volumes: volumes.flatMap(there),
  };
  return { kind: 'ok', value };
}

interface Look {
  readonly ec2: EC2Client;
  readonly patience: Patience;
}

async function readInstance({ ec2, patience }: Look, id: string): Promise<Answer<readonly Instance[]>> {
  const [instances, held] = await Promise.all([
    asked('DescribeInstances', id, patience, async (abortSignal) => {
      const answer = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }), { abortSignal });
      return (answer.Reservations ?? []).flatMap(({ Instances }) => Instances ?? []);
    }),
    asked('DescribeAddresses', id, patience, async (abortSignal) => {
      const filter = { Name: 'instance-id', Values: [id] };
      const answer = await ec2.send(new DescribeAddressesCommand({ Filters: [filter] }), { abortSignal });
      return (answer.Addresses ?? []).flatMap(({ AllocationId }) => AllocationId ?? []);
    }),
  ]);
  if (instances.kind === 'refused') return instances;
  if (held.kind === 'refused') return held;
  return { kind: 'ok', value: instances.value.map((instance) => instanceOf(instance, held.value)) };
}

async function readAddress({ ec2, patience }: Look, id: string): Promise<Answer<readonly Address[]>> {
  const wanted = id.startsWith('eipalloc-') ? { AllocationIds: [id] } : { PublicIps: [id] };
  return await asked('DescribeAddresses', id, patience, async (abortSignal) => {
    const answer = await ec2.send(new DescribeAddressesCommand(wanted), { abortSignal });
    return (answer.Addresses ?? []).map(addressOf);
  });
}

async function readVolume({ ec2, patience }: Look, id: string): Promise<Answer<readonly Volume[]>> {
  return await asked('DescribeVolumes', id, patience, async (abortSignal) => {
    const answer = await ec2.send(new DescribeVolumesCommand({ VolumeIds: [id] }), { abortSignal });
    return (answer.Volumes ?? []).map(volumeOf);
  });
}

async function asked<T>(
  action: string,
  subject: string,
  patience: Patience,
  send: (signal: AbortSignal) => Promise<readonly T[]>,
): Promise<Answer<readonly T[]>> {
  const answer = await askPatiently({ service: 'EC2', action, subject }, patience, send);
  return answer.kind === 'refused' && answer.class === 'missing' ? { kind: 'ok', value: [] } : answer;
}

function there<T>(answer: Answer<readonly T[]>): readonly T[] {
  return answer.kind === 'ok' ? answer.value : [];
}

function instanceOf(instance: SdkInstance, elasticIps: readonly string[]): Instance {
  const interfaces = (instance.NetworkInterfaces ?? []).toSorted(
    (a, b) => (a.Attachment?.DeviceIndex ?? 0) - (b.Attachment?.DeviceIndex ?? 0),
  );
  return {
    id: instance.InstanceId ?? '',
    state: instance.State?.Name ?? '',
    zone: instance.Placement?.AvailabilityZone ?? '',
    rootDevice: instance.RootDeviceName ?? '',
    devices: (instance.BlockDeviceMappings ?? []).flatMap(({ DeviceName }) => DeviceName ?? []),
    places: interfaces.flatMap(({ NetworkInterfaceId, PrivateIpAddresses }) =>
      (PrivateIpAddresses ?? [])
        .toSorted((a, b) => Number(b.Primary ?? false) - Number(a.Primary ?? false))
        .flatMap(({ PrivateIpAddress }) => placeOf(NetworkInterfaceId, PrivateIpAddress) ?? []),
    ),
    elasticIps,
    publicIps: interfaces.flatMap(({ PrivateIpAddresses }) =>
      (PrivateIpAddresses ?? []).flatMap(({ Association }) => Association?.PublicIp ?? []),
    ),
  };
}

function addressOf(address: SdkAddress): Address {
  return {
    allocation: address.AllocationId ?? '',
    ip: address.PublicIp ?? '',
    instance: address.InstanceId || undefined,
    networkInterface: address.NetworkInterfaceId || undefined,
    place: placeOf(address.NetworkInterfaceId, address.PrivateIpAddress),
  };
}

function placeOf(networkInterface: string | undefined, privateIp: string | undefined): Place | undefined {
  return networkInterface && privateIp ? { networkInterface, privateIp } : undefined;
}

function volumeOf(volume: SdkVolume): Volume {
  return {
    id: volume.VolumeId ?? '',
    zone: volume.AvailabilityZone ?? '',
    state: volume.State ?? '',
    multiAttach: volume.MultiAttachEnabled ?? false,
    attachments: (volume.Attachments ?? [])
      .map(({ InstanceId, Device, State }) => ({
        instance: InstanceId ?? '',
        device: Device ?? '',
        state: State ?? '',
      }))
      .filter(({ state }) => state !== 'detached'),
  };
}

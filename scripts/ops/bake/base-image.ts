import type { BlockDeviceMapping, Image, RegisterImageCommandInput } from '@aws-sdk/client-ec2';
import type { Fault } from '#kit/errors.ts';
import { bakeFault } from './bake-halt.ts';

/** What is baked from: the image and the snapshot of its root. */
export interface Base {
  readonly image: Image;
  readonly id: string;
  readonly name: string;
  readonly rootDevice: string;
  readonly snapshot: string;
}

/** Linux with nothing to pay but the machine ("AMI billing information fields", EC2 User Guide). */
const FREE_OPERATION = 'RunInstances';

/** The image as something to bake from, or why it is none. */
export function baseOf(id: string, image: Image | undefined): Base | Fault {
  const refuse = (cause: string, hint: string): Fault => bakeFault('LF_BAKE_BASE', id, cause, hint);
  if (!image) return refuse('there is no such image', 'Check the id and the region, and that it is shared.');
  const { State, RootDeviceName: rootDevice = '', RootDeviceType, PlatformDetails, UsageOperation } = image;
  if (State !== 'available') return refuse(`it is ${State ?? 'in no state'}`, 'Wait until it is available.');
  const root = image.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === rootDevice);
  const snapshot = root?.Ebs?.SnapshotId;
  if (RootDeviceType === 'instance-store' || snapshot === undefined)
    return refuse('its root is no EBS snapshot', 'Take a base that is backed by EBS.');
  if (image.Platform?.toLowerCase() === 'windows') return refuse('it is Windows', 'Bakes are of Linux.');
  // RegisterImage cannot say what is to be paid for, and instances would run unlicensed.
  const isBilled = UsageOperation !== undefined && UsageOperation !== '' && UsageOperation !== FREE_OPERATION;
  if (isBilled || (image.ProductCodes ?? []).length > 0) {
    const cause = `it is billed as ${PlatformDetails ?? UsageOperation ?? 'a product'}, which a registered snapshot would lose`;
    return refuse(cause, 'Launch it, provision the instance, and make the image with CreateImage.');
  }
  return { image, id, name: image.Name ?? '', rootDevice, snapshot };
}

/** Everything of the base that a registration takes, with another root. */
export function registrationOf(
  { image, rootDevice }: Base,
  name: string,
  description: string,
  snapshot: string,
): RegisterImageCommandInput {
  const carried = {
    Architecture: image.Architecture,
    VirtualizationType: image.VirtualizationType,
    BootMode: image.BootMode,
    TpmSupport: image.TpmSupport,
    ImdsSupport: image.ImdsSupport,
    SriovNetSupport: image.SriovNetSupport,
    EnaSupport: image.EnaSupport,
    KernelId: image.KernelId,
    RamdiskId: image.RamdiskId,
  };
  const present = Object.entries(carried).filter(([, value]) => value !== undefined && value !== '');
  const mappings = image.BlockDeviceMappings ?? [];
  return {
    ...(Object.fromEntries(present) as Omit<RegisterImageCommandInput, 'Name'>),
    Name: name,
    Description: description,
    RootDeviceName: rootDevice,
    BlockDeviceMappings: mappings.map((mapping) =>
      mapping.DeviceName === rootDevice ? withSnapshot(mapping, snapshot) : withoutEncryption(mapping),
    ),
  };
}

function withSnapshot({ DeviceName, Ebs }: BlockDeviceMapping, snapshot: string): BlockDeviceMapping {
  const { Encrypted: _encrypted, KmsKeyId: _key, ...rest } = Ebs ?? {};
  return { DeviceName, Ebs: { ...rest, SnapshotId: snapshot } };
}

/** Of a snapshot EC2 knows whether it is encrypted, and refuses to be told. */
function withoutEncryption(mapping: BlockDeviceMapping): BlockDeviceMapping {
  if (mapping.Ebs?.SnapshotId === undefined) return mapping;
  const { Encrypted: _encrypted, KmsKeyId: _key, ...rest } = mapping.Ebs;
  return { ...mapping, Ebs: rest };
}

const COMPARED = {
  Architecture: 'architecture',
  VirtualizationType: 'virtualization',
  RootDeviceName: 'root device name',
  BootMode: 'boot mode',
  EnaSupport: 'ENA',
  TpmSupport: 'TPM',
  ImdsSupport: 'IMDS',
} as const;

/** In what an image differs from its base although it was registered with the same, in words. */
export function attributeDifferences(base: Image, image: Image): readonly string[] {
  return (Object.keys(COMPARED) as (keyof typeof COMPARED)[])
    .filter((key) => base[key] !== undefined && base[key] !== image[key])
    .map((key) => `${COMPARED[key]} is ${String(image[key] ?? 'not set')}, of the base ${String(base[key])}`);
}

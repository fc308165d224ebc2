import {
  AssociateAddressCommand,
  AttachVolumeCommand,
  DetachVolumeCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { ask, type Answer } from '../across/answer.ts';
import type { Move } from './next-moves.ts';

/**
 * Asks EC2 for one move, once. Never `Force`, which loses what the other kernel has not written; and an address goes from one
 * instance to the other in one call, so that there is no instant at which it belongs to nobody.
 */
export async function make(ec2: EC2Client, move: Move): Promise<Answer<unknown>> {
  if (move.kind === 'detach') {
    const input = { VolumeId: move.volume, InstanceId: move.instance };
    return await ask(asked('DetachVolume', move.volume), () => ec2.send(new DetachVolumeCommand(input)));
  }
  if (move.kind === 'attach') {
    const input = { VolumeId: move.volume, InstanceId: move.instance, Device: move.device };
    return await ask(asked('AttachVolume', move.volume), () => ec2.send(new AttachVolumeCommand(input)));
  }
  const { allocation, instance, place } = move;
  const target = place
    ? { NetworkInterfaceId: place.networkInterface, PrivateIpAddress: place.privateIp }
    : { InstanceId: instance };
  const command = new AssociateAddressCommand({
    AllocationId: allocation,
    AllowReassociation: true,
    ...target,
  });
  return await ask(asked('AssociateAddress', allocation), () => ec2.send(command));
}

function asked(action: string, subject: string) {
  return { service: 'EC2', action, subject };
}

export function describeMove(move: Move): string {
  if (move.kind === 'detach') return `detach ${move.volume} from ${move.instance}`;
  if (move.kind === 'attach') return `attach ${move.volume} to ${move.instance} as ${move.device}`;
  return `associate ${move.allocation} with ${move.instance}`;
}

import { ok, retry, type Outcome } from '#kit/outcome.ts';
import type { AwsCalls } from '../../aws/aws-calls.ts';
import { readXml, type XmlElement } from '../../aws/xml.ts';
import type { ClaimTag } from '../../plan/plan.ts';
import { claimFault } from '../base/claim-fault.ts';
import { ebsVolumeOf, type EbsVolume } from './ebs-volume.ts';
import { readTrouble } from './ec2-refusal.ts';
import { elasticIpOf, type ElasticIp } from './elastic-ip.ts';
import { fieldOf, itemsOf } from './xml-items.ts';

/** What is asked for: all with a tag, or all that one instance has. */
export type Wanted = { readonly tag: ClaimTag } | { readonly instanceId: string };

/** The calls of EC2 that claims make, in this region. Reads are eventually consistent; changes are decided in one place. */
export interface Ec2 {
  addresses(wanted: Wanted | { readonly allocationId: string }): Promise<Outcome<readonly ElasticIp[]>>;
  /** The association id. Never takes an address away: `LF_CLAIM_TAKEN` when it is another's. */
  associate(address: ElasticIp, instanceId: string): Promise<Outcome<string>>;
  /** An association ends once: that id is never another's, nor is it used again. */
  disassociate(associationId: string): Promise<Outcome<void>>;
  volumes(wanted: Wanted): Promise<Outcome<readonly EbsVolume[]>>;
  /** `LF_CLAIM_TAKEN` when it is not free; `LF_CLAIM_DEVICE` when the name of the device is in use. */
  attach(volume: EbsVolume, instanceId: string, device: string): Promise<Outcome<void>>;
}

type Params = Readonly<Record<string, string>>;

/** @param subject what is claimed, for errors. */
export function ec2Of(aws: AwsCalls, subject: string, signal: AbortSignal): Ec2 {
  const call = async (action: string, params: Params, repeatable: boolean): Promise<Outcome<XmlElement>> => {
    const result = await aws.query('ec2', action, params, { signal, repeatable });
    if (result.kind !== 'ok') return readTrouble(result, action, subject);
    const answer = readXml(result.text, [`${action}Response`]);
    if (typeof answer !== 'string') return ok(answer);
    const cause = `${action}: the answer is ${answer}`;
    return retry(claimFault('LF_CLAIM_CALL', 'claim', subject, cause, 'The agent tries again by itself.'));
  };
  return {
    addresses: async (wanted) => {
      const answer = await call('DescribeAddresses', filterOf(wanted, 'instance-id'), true);
      return answer.kind === 'ok' ? ok(itemsOf(answer.value, 'addressesSet').map(elasticIpOf)) : answer;
    },
    associate: async ({ allocationId }, instanceId) => {
      // In a VPC, to associate is to take away unless this is said (EC2 API reference, AssociateAddress).
      const params = { AllocationId: allocationId, InstanceId: instanceId, AllowReassociation: 'false' };
      const answer = await call('AssociateAddress', params, false);
      return answer.kind === 'ok' ? ok(fieldOf(answer.value, 'associationId') ?? '') : answer;
    },
    disassociate: async (associationId) => {
      const answer = await call('DisassociateAddress', { AssociationId: associationId }, false);
      return answer.kind === 'ok' ? ok(undefined) : answer;
    },
    volumes: async (wanted) => {
      const answer = await call('DescribeVolumes', filterOf(wanted, 'attachment.instance-id'), true);
      return answer.kind === 'ok' ? ok(itemsOf(answer.value, 'volumeSet').map(ebsVolumeOf)) : answer;
    },
    attach: async ({ volumeId }, instanceId, device) => {
      const params = { VolumeId: volumeId, InstanceId: instanceId, Device: device };
      const answer = await call('AttachVolume', params, false);
      return answer.kind === 'ok' ? ok(undefined) : answer;
    },
  };
}

function filterOf(wanted: Wanted | { readonly allocationId: string }, ofInstance: string): Params {
  if ('tag' in wanted) return filter(`tag:${wanted.tag.name}`, literal(wanted.tag.value));
  if ('instanceId' in wanted) return filter(ofInstance, wanted.instanceId);
  return filter('allocation-id', wanted.allocationId);
}

function filter(name: string, value: string): Params {
  return { 'Filter.1.Name': name, 'Filter.1.Value.1': value };
}

/** `*` and `?` are wildcards in filters; a tag is meant as it is written. */
function literal(value: string): string {
  return value.replaceAll(/[\\*?]/g, String.raw`\$&`);
}

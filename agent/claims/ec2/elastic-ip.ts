import type { XmlElement } from '../../aws/xml.ts';
import { fieldOf } from './xml-items.ts';

/** An Elastic IP as DescribeAddresses shows it. */
export interface ElasticIp {
  readonly allocationId: string;
  readonly publicIp: string;
  /** Undefined: nobody has it. */
  readonly associationId: string | undefined;
  /** Undefined while associated: with a network interface of no instance, such as that of a NAT gateway. */
  readonly instanceId: string | undefined;
}

export function elasticIpOf(item: XmlElement): ElasticIp {
  return {
    allocationId: fieldOf(item, 'allocationId') ?? '',
    publicIp: fieldOf(item, 'publicIp') ?? '',
    associationId: fieldOf(item, 'associationId') || undefined,
    instanceId: fieldOf(item, 'instanceId') || undefined,
  };
}

import type { XmlItem } from './xml-items.ts';

/** An Elastic IP as DescribeAddresses shows it. */
export interface ElasticIp {
  readonly allocationId: string;
  readonly publicIp: string;
  /** Undefined: nobody has it. */
  readonly associationId: string | undefined;
  /** Undefined while associated: with a network interface of no instance, such as that of a NAT gateway. */
  readonly instanceId: string | undefined;
}

export function elasticIpOf(item: XmlItem): ElasticIp {
  return {
    allocationId: item.field('allocationId') ?? '',
    publicIp: item.field('publicIp') ?? '',
    associationId: item.field('associationId') || undefined,
    instanceId: item.field('instanceId') || undefined,
  };
}

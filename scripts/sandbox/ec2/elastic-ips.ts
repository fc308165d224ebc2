import { ec2Answer, ec2Error, filtered, tagSet, type Ec2Action } from './ec2-query.ts';
import { History } from '../wire/history.ts';
import { element, textElement } from '../wire/xml.ts';

interface Address {
  readonly allocationId: string;
  readonly publicIp: string;
  readonly region: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly association: { readonly id: string; readonly instanceId: string } | undefined;
}

type Addresses = ReadonlyMap<string, Address>;

/** The Elastic IPs of all regions. Changes are strict and take effect at once; reads are as late as `lag` says. */
export class ElasticIps {
  /** How old the next answer of DescribeAddresses is, in milliseconds. */
  lag: () => number = () => 0;
  readonly #now: () => number;
  readonly #isInstance: (instanceId: string, region: string) => boolean;
  readonly #book: History<Addresses>;
  #made = 0;

  constructor(now: () => number, isInstance: (instanceId: string, region: string) => boolean) {
    this.#now = now;
    this.#isInstance = isInstance;
    this.#book = new History<Addresses>(new Map(), now);
  }

  /** Returns the allocation id. */
  allocate(region: string, tags: Readonly<Record<string, string>> = {}): string {
    const number = this.#next();
    const allocationId = `eipalloc-${number.toString(16).padStart(17, '0')}`;
    const publicIp = `198.51.${100 + (number >> 8)}.${number & 255}`;
    const row = {
      allocationId,
      publicIp,
      region,
      tags: new Map(Object.entries(tags)),
      association: undefined,
    };
    this.#put(row);
    return allocationId;
  }

  /** As somebody does who takes addresses away, or with `undefined` lets go of them. */
  move(allocationId: string, instanceId: string | undefined): void {
    const address = this.#book.latest.get(allocationId);
    if (address)
      this.#put({
        ...address,
        association: instanceId === undefined ? undefined : this.#associate(instanceId),
      });
  }

  /** What EC2 does when an instance is terminated. */
  dropInstance(instanceId: string): void {
    for (const { allocationId, association } of this.#book.latest.values()) {
      if (association?.instanceId === instanceId) this.move(allocationId, undefined);
    }
  }

  /** Who has it in truth. */
  holderOf(allocationId: string): string | undefined {
    return this.#book.latest.get(allocationId)?.association?.instanceId;
  }

  readonly actions: Readonly<Record<string, Ec2Action>> = {
    DescribeAddresses: (asked, region) => {
      const seen = [...this.#book.at(this.#now() - this.lag()).values()].filter(
        (row) => row.region === region,
      );
      const found = filtered(seen, asked, valuesOf);
      if (!found) return ec2Error(400, 'InvalidParameterValue', 'A filter is invalid');
      return ec2Answer('DescribeAddresses', element('addressesSet', ...found.map(addressItem)));
    },

    AssociateAddress: (asked, region) => {
      const address = this.#book.latest.get(asked.get('AllocationId') ?? '');
      const instanceId = asked.get('InstanceId') ?? '';
      if (address?.region !== region) {
        return ec2Error(400, 'InvalidAllocationID.NotFound', 'The allocation ID does not exist');
      }
      if (!this.#isInstance(instanceId, region)) {
        return ec2Error(400, 'InvalidInstanceID.NotFound', `The instance ID '${instanceId}' does not exist`);
      }
      const { association } = address;
      const isRepeated = association?.instanceId === instanceId;
      if (association && !isRepeated && asked.get('AllowReassociation') === 'false') {
        const message = `resource ${address.allocationId} is already associated with associate-id ${association.id}`;
        return ec2Error(400, 'Resource.AlreadyAssociated', message);
      }
      const given = isRepeated ? association : this.#associate(instanceId);
      if (!isRepeated) {
        // An instance has room for one: the one before is dropped without a word.
        this.dropInstance(instanceId);
        this.#put({ ...address, association: given });
      }
      return ec2Answer(
        'AssociateAddress',
        textElement('return', 'true'),
        textElement('associationId', given.id),
      );
    },

    DisassociateAddress: (asked, region) => {
      const id = asked.get('AssociationId');
      const address = [...this.#book.latest.values()].find(({ association }) => association?.id === id);
      if (address?.region !== region) {
        return ec2Error(400, 'InvalidAssociationID.NotFound', `The association ID '${id}' does not exist`);
      }
      this.move(address.allocationId, undefined);
      return ec2Answer('DisassociateAddress', textElement('return', 'true'));
    },
  };

  #associate(instanceId: string): { readonly id: string; readonly instanceId: string } {
    return { id: `eipassoc-${this.#next().toString(16).padStart(17, '0')}`, instanceId };
  }

  #next(): number {
    this.#made += 1;
    return this.#made;
  }

  #put(address: Address): void {
    this.#book.set(new Map(this.#book.latest).set(address.allocationId, address));
  }
}

function valuesOf(
  { allocationId, publicIp, tags, association }: Address,
  name: string,
): readonly string[] | undefined {
  if (name.startsWith('tag:')) {
    const value = tags.get(name.slice('tag:'.length));
    return value === undefined ? [] : [value];
  }
  const known: Readonly<Record<string, readonly (string | undefined)[]>> = {
    'allocation-id': [allocationId],
    'public-ip': [publicIp],
    'instance-id': [association?.instanceId],
    'association-id': [association?.id],
  };
  return known[name]?.filter((value) => value !== undefined);
}

function addressItem({ allocationId, publicIp, tags, association }: Address): string {
  const held = association
    ? [
        textElement('instanceId', association.instanceId),
        textElement('associationId', association.id),
        textElement('networkInterfaceId', `eni-${association.instanceId.slice(2)}`),
      ]
    : [];
  return element(
    'item',
    textElement('publicIp', publicIp),
    textElement('allocationId', allocationId),
    textElement('domain', 'vpc'),
    ...held,
    ...(tags.size > 0 ? [tagSet(tags)] : []),
  );
}

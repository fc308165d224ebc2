import type { Address, Holdings, Instance, Volume } from '#scripts/ops/swap/holdings.ts';

export const PAIR = { region: 'eu-west-1', blue: 'i-b1', green: 'i-9e' };

const ZONE = 'eu-west-1a';

/** What EC2 shows of two running instances, one address and one volume, all on blue; or else as the test says. */
export function holdings(change: Partial<Holdings> = {}): Holdings {
  return {
    blue: instance('i-b1', { devices: ['/dev/xvda', '/dev/sdf'], elasticIps: ['eipalloc-1'] }),
    green: instance('i-9e'),
    addresses: [address('i-b1')],
    volumes: [volume('vol-1', 'i-b1')],
    ...change,
  };
}

export function instance(id: string, change: Partial<Instance> = {}): Instance {
  return {
    id,
    state: 'running',
    zone: ZONE,
    rootDevice: '/dev/xvda',
    devices: ['/dev/xvda'],
    places: [{ networkInterface: `eni-${id}`, privateIp: `10.0.0.${id.length}${id.at(-1)}` }],
    elasticIps: [],
    publicIps: [],
    ...change,
  };
}

export function address(holder: string | undefined, change: Partial<Address> = {}): Address {
  const place = { networkInterface: `eni-${holder}`, privateIp: '10.0.0.1' };
  return {
    allocation: 'eipalloc-1',
    ip: '203.0.113.7',
    instance: holder,
    networkInterface: holder === undefined ? undefined : place.networkInterface,
    place: holder === undefined ? undefined : place,
    ...change,
  };
}

export function volume(
  id: string,
  holder: string | undefined,
  state = 'attached',
  device = '/dev/sdf',
): Volume {
  const attachments = holder === undefined ? [] : [{ instance: holder, device, state }];
  return {
    id,
    zone: ZONE,
    state: holder === undefined ? 'available' : 'in-use',
    multiAttach: false,
    attachments,
  };
}

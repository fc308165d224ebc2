/** What EC2 shows of a swap, in the words of a swap. Pure data: `reading.ts` makes it, everything else decides by it. */
export interface Holdings {
  readonly blue: Instance | undefined;
  readonly green: Instance | undefined;
  /** In the order of the command line. */
  readonly addresses: readonly Address[];
  readonly volumes: readonly Volume[];
}

export type Side = 'blue' | 'green';

export interface Instance {
  readonly id: string;
  /** `pending`, `running`, `shutting-down`, `terminated`, `stopping`, `stopped`. */
  readonly state: string;
  readonly zone: string;
  readonly rootDevice: string;
  /** Names of devices in use, as they were asked for. */
  readonly devices: readonly string[];
  /** The primary one of the primary interface first: where EC2 puts an address that is given to the instance. */
  readonly places: readonly Place[];
  /** Allocation ids of the Elastic IPs that it has. */
  readonly elasticIps: readonly string[];
  /** By which it is reached from outside just now. */
  readonly publicIps: readonly string[];
}

/** A private address: each carries at most one Elastic IP, and a second one drops the first without a word. */
export interface Place {
  readonly networkInterface: string;
  readonly privateIp: string;
}

export interface Address {
  readonly allocation: string;
  readonly ip: string;
  /** The instance that has it. */
  readonly instance: string | undefined;
  /** What has it when that is no instance: a NAT gateway, a load balancer. */
  readonly networkInterface: string | undefined;
  readonly place: Place | undefined;
}

export interface Volume {
  readonly id: string;
  readonly zone: string;
  /** `creating`, `available`, `in-use`, `deleting`, `deleted`, `error`. */
  readonly state: string;
  readonly multiAttach: boolean;
  readonly attachments: readonly Attachment[];
}

export interface Attachment {
  readonly instance: string;
  readonly device: string;
  /** `attaching`, `attached`, `detaching`, `busy` (detaching, and still mounted). */
  readonly state: string;
}

/** The two instances, as the command line names them. */
export interface Pair {
  readonly region: string;
  readonly blue: string;
  readonly green: string;
}

export function opposite(side: Side): Side {
  return side === 'blue' ? 'green' : 'blue';
}

/** `/dev/sdf`, `/dev/xvdf` and `xvdf` are one name to the kernel of a Xen guest. */
export function deviceLetters(device: string): string {
  return device.replace(/^\/dev\//, '').replace(/^(?:sd|xvd|hd)/, '');
}

import type { Fault } from '#kit/errors.ts';
import {
  deviceLetters,
  opposite,
  type Address,
  type Holdings,
  type Instance,
  type Place,
  type Side,
  type Volume,
} from './holdings.ts';
import { swapFault } from './swap-fault.ts';

/** One write, decided. */
export type Move =
  | { readonly kind: 'detach'; readonly volume: string; readonly instance: string }
  | { readonly kind: 'attach'; readonly volume: string; readonly instance: string; readonly device: string }
  | {
      readonly kind: 'associate';
      readonly allocation: string;
      readonly instance: string;
      /** Only where the instance has several private addresses to choose from. */
      readonly place: Place | undefined;
    };

/** What is known besides of where things stood on blue. */
export interface Origin {
  readonly devices: Readonly<Record<string, string>>;
  readonly places: Readonly<Record<string, Place>>;
}

export interface Outlook {
  /** What may be done now; none while something has to be waited for. */
  readonly moves: readonly Move[];
  /** What is between two states, for people: `vol-1 is detaching from i-1`. */
  readonly waiting: readonly string[];
  /** What no waiting brings to where it should be. */
  readonly astray: Fault | undefined;
  /** Volumes that are on neither side, or on their way off one: no point to stop at. */
  readonly between: readonly string[];
  readonly arrived: boolean;
}

/**
 * What brings everything to one side, by what was just read and nothing else: so a run goes on wherever another one was
 * killed. The order: volumes off, all free, volumes on, all attached, then the addresses.
 * @param unusable names of devices that EC2 refused, by volume.
 */
export function nextMoves(
  holdings: Holdings,
  goal: Side,
  origin: Origin,
  unusable: ReadonlyMap<string, readonly string[]> = new Map(),
): Outlook {
  const here = holdings[goal];
  const there = holdings[opposite(goal)];
  const sides = [here?.id, there?.id];
  const waiting = holdings.volumes.flatMap(waitingFor);
  const between = holdings.volumes.filter(isBetween).map(({ id }) => id);
  const outlook = { waiting, between, astray: undefined, arrived: false };
  const strayed = [...holdings.volumes, ...holdings.addresses].flatMap((thing) => heldBy(thing, sides) ?? []);
  const [first] = strayed;
  if (first !== undefined) return { ...outlook, moves: [], astray: first };
  if (!here || isGone(here)) return { ...outlook, moves: [], astray: goneFault(goal) };

  const off = holdings.volumes.flatMap((volume) => detachments(volume, here.id));
  if (off.length > 0) return { ...outlook, moves: off };
  if (holdings.volumes.some(({ attachments }) => attachments.some(({ instance }) => instance !== here.id))) {
    return { ...outlook, moves: [] };
  }

  const on = attachMoves(holdings.volumes, here, origin, unusable);
  if (on.full) return { ...outlook, moves: [], astray: on.full };
  if (on.moves.length > 0) return { ...outlook, moves: on.moves };
  if (waiting.length > 0) return { ...outlook, moves: [] };

  const { moves, full } = addressMoves(holdings.addresses, here, origin);
  if (full) return { ...outlook, moves: [], astray: full };
  return { ...outlook, moves, arrived: moves.length === 0 };
}

function waitingFor({ id, state, attachments }: Volume): readonly string[] {
  if (attachments.length === 0) return state === 'available' ? [] : [`${id} is ${state}`];
  return attachments.flatMap((at) => {
    if (at.state === 'attached') return [];
    return [`${id} is ${WORDS[at.state] ?? at.state} ${at.instance}`];
  });
}

const WORDS: Readonly<Record<string, string>> = {
  attaching: 'attaching to',
  detaching: 'detaching from',
  busy: 'still mounted on',
};

function isBetween({ attachments }: Volume): boolean {
  return attachments.length === 0 || attachments.some(({ state }) => state === 'detaching');
}

/** The fault of what a third one has; it is never taken from there. */
function heldBy(thing: Volume | Address, sides: readonly (string | undefined)[]): Fault | undefined {
  const isVolume = 'attachments' in thing;
  const subject = isVolume ? thing.id : `${thing.allocation} (${thing.ip})`;
  const holders = isVolume
    ? thing.attachments.map(({ instance }) => instance)
    : [thing.instance ?? thing.networkInterface].flatMap((holder) => holder ?? []);
  const other = holders.find((holder) => !sides.includes(holder));
  if (other === undefined) return undefined;
  return swapFault(
    'LF_SWAP_HELD',
    subject,
    `${other} has it`,
    'See who put it there; what a third one has is never taken away.',
  );
}

/** It is shown for an hour after its end. */
export function isGone({ state }: Instance): boolean {
  return state === 'terminated' || state === 'shutting-down';
}

function goneFault(side: Side): Fault {
  return swapFault(
    'LF_SWAP_MISSING',
    side,
    `${side} is no longer there`,
    'Take the other way with --rollback, or without it.',
  );
}

function detachments({ id, attachments }: Volume, here: string): readonly Move[] {
  return attachments.flatMap(({ instance, state }): readonly Move[] =>
    // Busy is asked for again: once it is unmounted that ends it. Attaching may never end, when the kernel holds the name.
    instance !== here && state !== 'detaching' ? [{ kind: 'detach', volume: id, instance }] : [],
  );
}

function attachMoves(
  volumes: readonly Volume[],
  here: Instance,
  { devices }: Origin,
  unusable: ReadonlyMap<string, readonly string[]>,
): Decided {
  const taken = new Set(here.devices.map(deviceLetters));
  const moves: Move[] = [];
  for (const { id, state, attachments } of volumes) {
    if (attachments.length > 0 || state !== 'available') continue;
    const refused = new Set((unusable.get(id) ?? []).map(deviceLetters));
    const names = [devices[id], ...FREE_NAMES].flatMap((name) => name ?? []);
    const device = names.map(deviceLetters).find((letters) => !taken.has(letters) && !refused.has(letters));
    const name = names.find((other) => deviceLetters(other) === device);
    if (device === undefined || name === undefined) {
      const cause = `no name of a device is free on ${here.id}`;
      const full = swapFault('LF_SWAP_STATE', id, cause, 'Detach there what is not needed.');
      return { moves, full };
    }
    taken.add(device);
    moves.push({ kind: 'attach', volume: id, instance: here.id, device: name });
  }
  return { moves };
}

interface Decided {
  readonly moves: readonly Move[];
  /** The instance has no room. */
  readonly full?: Fault;
}

/** EC2 User Guide, "Device names for volumes": what it recommends for EBS data volumes. */
const FREE_NAMES = Array.from('fghijklmnop').map((letter) => `/dev/sd${letter}`);

function addressMoves(addresses: readonly Address[], here: Instance, { places }: Origin): Decided {
  const taken = new Set(
    addresses.flatMap(({ instance, place }) => (instance === here.id && place ? place.privateIp : [])),
  );
  const moves: Move[] = [];
  for (const { allocation, ip, instance } of addresses) {
    if (instance === here.id) continue;
    const before = places[allocation];
    const free = here.places.filter(({ privateIp }) => !taken.has(privateIp));
    const place = free.find(({ privateIp }) => privateIp === before?.privateIp) ?? free[0];
    if (!place && here.places.length > 0) {
      const cause = `${here.id} has a private address less than Elastic IPs`;
      return {
        moves,
        full: swapFault(
          'LF_SWAP_ADDRESS',
          `${allocation} (${ip})`,
          cause,
          'Give its network interface a secondary private address.',
        ),
      };
    }
    if (place) taken.add(place.privateIp);
    moves.push({
      kind: 'associate',
      allocation,
      instance: here.id,
      place: here.places.length > 1 ? place : undefined,
    });
  }
  return { moves };
}

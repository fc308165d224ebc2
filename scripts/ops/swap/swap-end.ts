import type { Fault, FaultCode } from '#kit/errors.ts';
import { errorDocuments } from '../across/end.ts';
import type { Address, Holdings, Pair, Volume } from './holdings.ts';
import { nameDocument, type NameReading } from './name-reading.ts';
import type { Named } from './reading.ts';

export type SwapState = 'planned' | 'nothing-to-do' | 'committed' | 'rolled-back' | 'refused' | 'unfinished';

/** What came of a swap. */
export interface SwapEnd {
  readonly state: SwapState;
  /** What the last look showed; undefined when there was none. */
  readonly holdings: Holdings | undefined;
  /** Empty for a good end. The first one gives the exit code. */
  readonly faults: readonly Fault[];
  /** What is due, in the order in which it is done, for a plan. */
  readonly steps: readonly string[];
  /** What resolvers say of the name that was asked about, at the end. */
  readonly names: readonly NameReading[];
}

/** The document of `--json`; its fields are promised. */
export function endDocument(end: SwapEnd, { region, blue, green }: Pair, named: Named): object {
  const { state, holdings, faults, steps, names } = end;
  return {
    state,
    region,
    from: blue,
    to: green,
    addresses: holdings
      ? holdings.addresses.map(({ allocation, ip, ...address }) => ({
          allocation,
          ip,
          instance: holderOf(address),
        }))
      : named.addresses.map((id) => ({ allocation: id, instance: null })),
    volumes: holdings
      ? holdings.volumes.map(({ id, attachments: [at] }) => ({
          volume: id,
          instance: at?.instance ?? null,
          device: at?.device ?? null,
          state: at?.state ?? null,
        }))
      : named.volumes.map((id) => ({ volume: id, instance: null, device: null })),
    ...(state === 'planned' ? { steps } : {}),
    ...(names.length > 0 ? { dns: names.map(nameDocument) } : {}),
    errors: errorDocuments(faults),
  };
}

function holderOf({ instance, networkInterface }: Pick<Address, 'instance' | 'networkInterface'>) {
  return instance ?? networkInterface ?? null;
}

/** One row for each thing that is moved: what, where it is, as what. */
export function endRows(holdings: Holdings): readonly (readonly string[])[] {
  return [
    ...holdings.addresses.map((address) => [
      address.allocation,
      address.ip,
      holderOf(address) ?? 'nobody has it',
    ]),
    ...holdings.volumes.map(({ id, attachments: [at] }) => [
      id,
      at?.device ?? '',
      at ? `${at.instance}${at.state === 'attached' ? '' : ` (${at.state})`}` : 'attached to nothing',
    ]),
  ];
}

/** In one line, for a message. */
export function describeHoldings({ addresses, volumes }: Holdings): string {
  return [
    ...addresses.map((address) => `${address.allocation} is on ${holderOf(address) ?? 'nothing'}`),
    ...volumes.map((volume) => `${volume.id} is ${whereIs(volume)}`),
  ].join(', ');
}

function whereIs({ state, attachments: [at] }: Volume): string {
  if (!at) return state === 'available' ? 'attached to nothing' : state;
  return at.state === 'attached' ? `on ${at.instance}` : `${at.state} on ${at.instance}`;
}

/** A fault about the pair as a whole. */
export function pairFault(code: FaultCode, { blue, green }: Pair, cause: string, hint: string): Fault {
  return { code, operation: 'swap', subject: `${blue} to ${green}`, cause, hint };
}

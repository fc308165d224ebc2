import { isRecord } from '#kit/is-record.ts';
import type { JournalPlace } from '../across/journal.ts';
import type { Holdings, Pair, Place } from './holdings.ts';
import type { Origin } from './next-moves.ts';
import type { Named } from './reading.ts';

/**
 * `moving`: under way to green. `undoing`: a step failed, under way back. `returning`: under way back because an operator asked
 * for it. The other two have ended.
 */
export type Phase = 'moving' | 'undoing' | 'returning' | 'committed' | 'returned';

/** What one swap must know that EC2 does not show once it is under way. Where things are is read, never noted. */
export interface SwapEntry {
  readonly version: 1;
  readonly phase: Phase;
  /** By allocation id. */
  readonly addresses: readonly { readonly allocation: string; readonly place?: Place }[];
  readonly volumes: readonly { readonly volume: string; readonly device?: string }[];
  /** Why it is undone, for who finds it later. */
  readonly why?: string;
}

export function isUnderWay(entry: SwapEntry | undefined): entry is SwapEntry {
  return entry !== undefined && entry.phase !== 'committed' && entry.phase !== 'returned';
}

export function journalPlace(folder: string, { region, blue, green }: Pair): JournalPlace {
  return { folder, name: `swap/${region}/${blue}.${green}` };
}

/** As things stand on blue. What is not there now is as an entry of before has it. */
export function entryOf(holdings: Holdings, pair: Pair, before: SwapEntry | undefined): SwapEntry {
  const known = originOf(before);
  return {
    version: 1,
    phase: 'moving',
    addresses: holdings.addresses.map(({ allocation, instance, place }) => {
      const held = instance === pair.blue ? place : known.places[allocation];
      return held ? { allocation, place: held } : { allocation };
    }),
    volumes: holdings.volumes.map(({ id, attachments }) => {
      const on = attachments.find(({ instance }) => instance === pair.blue);
      const device = on?.device ?? known.devices[id] ?? attachments[0]?.device;
      return device ? { volume: id, device } : { volume: id };
    }),
  };
}

export function originOf(entry: SwapEntry | undefined): Origin {
  const { addresses = [], volumes = [] } = entry ?? {};
  return {
    places: Object.fromEntries(
      addresses.flatMap(({ allocation, place }) => (place ? [[allocation, place]] : [])),
    ),
    devices: Object.fromEntries(volumes.flatMap(({ volume, device }) => (device ? [[volume, device]] : []))),
  };
}

export function namedIn({ addresses, volumes }: SwapEntry): Named {
  return {
    addresses: addresses.map(({ allocation }) => allocation),
    volumes: volumes.map(({ volume }) => volume),
  };
}

/** The entry, or undefined for what this version did not write. */
export function readSwapEntry(document: unknown): SwapEntry | undefined {
  if (!isRecord(document) || document['version'] !== 1) return undefined;
  const { addresses, volumes, phase } = document;
  const known = ['moving', 'undoing', 'returning', 'committed', 'returned'].includes(String(phase));
  if (!known || !Array.isArray(addresses) || !Array.isArray(volumes)) return undefined;
  if (!allNamed(addresses, 'allocation') || !allNamed(volumes, 'volume')) return undefined;
  return document as unknown as SwapEntry;
}

function allNamed(list: readonly unknown[], key: string): boolean {
  return list.every((item) => isRecord(item) && typeof item[key] === 'string');
}

import { isRecord } from '../kit/is-record.ts';
import { jsonOf } from '../kit/json-text.ts';
import { fail, ok, type Outcome } from '../kit/outcome.ts';
import { parseV4, parseV6 } from './ip-address.ts';
import type { RegionOfAddress } from './public-address.ts';

/** AWS's published address ranges (ip-ranges.json), packed: some 60 KiB of what is 2 MB of JSON. */
export interface IpRanges {
  /** By the longest prefix of the services EC2 and AMAZON; null for `GLOBAL`, and for what is not AWS's. */
  readonly regionOf: RegionOfAddress;
  /** As AWS dates the file, ISO 8601 in UTC. */
  readonly createdAt: string;
  readonly prefixes: number;
}

/** AWS's file has 2 MB and 17,000 entries. */
export const MAX_IP_RANGES_BYTES = 8 * 1024 * 1024;
const MAX_ENTRIES = 100_000;
const MAX_REGIONS = 250;

/** `AMAZON` holds every other service; where both say something, `EC2` is the closer word. */
const SERVICES: ReadonlyMap<string, number> = new Map([
  ['AMAZON', 0],
  ['EC2', 1],
]);
const NO_REGION = 'GLOBAL';

/** Entries between two breaths: a few milliseconds of a daemon that runs without its compilers. */
const SLICE = 128;

/** At once, for whom nobody waits beside. */
export function parseIpRanges(text: string, subject: string): Outcome<IpRanges> {
  const reading = readIpRanges(text, subject);
  for (;;) {
    const step = reading.next();
    if (step.done) return step.value;
  }
}

/**
 * Reads it as AWS publishes it, and yields every few milliseconds. One entry at a time: the whole as objects would take
 * ten times the memory, for good. `LF_IP_RANGES` for anything else: half a table would call foreign addresses nobody's.
 */
export function* readIpRanges(text: string, subject: string): Generator<undefined, Outcome<IpRanges>> {
  const refuse = (cause: string) => fail(malformed(subject, cause));
  const v4: Entry[] = [];
  const v6: Entry[] = [];
  const regions: string[] = [];
  // What is left without the entries is small, and says whether the whole is JSON.
  let skeleton = '';
  let last = 0;
  let count = 0;
  for (const { 0: object, index } of text.matchAll(/\{[^{}]*\}/g)) {
    skeleton += `${text.slice(last, index)}0`;
    last = index + object.length;
    count += 1;
    if (count % SLICE === 0) yield;
    if (count > MAX_ENTRIES) return refuse('it is larger than it can be');
    const entry = entryOf(object, regions);
    if (typeof entry === 'string') return refuse(entry);
    if (entry) (entry.isV6 ? v6 : v4).push(entry);
  }
  const head = jsonOf(skeleton + text.slice(last));
  if (!isRecord(head) || !Array.isArray(head['prefixes']) || !Array.isArray(head['ipv6_prefixes']))
    return refuse('it is not the JSON that AWS publishes');
  const createdAt = dateOf(head['createDate']);
  if (createdAt === undefined) return refuse('its createDate is no date');
  if (v4.length === 0 || regions.length === 0) return refuse('it holds no address of EC2 or AMAZON');
  if (regions.length > MAX_REGIONS) return refuse('it is larger than it can be');
  const flat4 = yield* pack(v4);
  const flat6 = yield* pack(v6);
  const starts4 = Uint32Array.from(flat4, ({ start }) => Number(start));
  const starts6 = BigUint64Array.from(flat6, ({ start }) => start);
  const owners4 = Uint8Array.from(flat4, ({ owner }) => owner);
  const owners6 = Uint8Array.from(flat6, ({ owner }) => owner);
  return ok({
    createdAt,
    prefixes: v4.length + v6.length,
    regionOf: (address) => {
      const owner = address.includes(':')
        ? ownerAt(starts6, owners6, (parseV6(address) ?? 0n) >> 64n)
        : ownerAt(starts4, owners4, parseV4(address) ?? 0);
      return regions[owner - 1] ?? null;
    },
  });
}

interface Entry {
  readonly isV6: boolean;
  readonly start: bigint;
  readonly end: bigint;
  /** A region's place plus one, 0 is no region's. */
  readonly owner: number;
  readonly rank: number;
}

/**
 * Undefined for another service's, a text for what is wrong. IPv6 counts in its upper 64 bits: no region has less.
 * @param regions those met so far; a new one is added.
 */
function entryOf(json: string, regions: string[]): Entry | string | undefined {
  const entry = jsonOf(json);
  if (!isRecord(entry)) return 'an entry is no JSON';
  const { ip_prefix: v4, ipv6_prefix: v6, region, service } = entry;
  const prefix = v4 ?? v6;
  if (typeof prefix !== 'string' || typeof region !== 'string' || typeof service !== 'string')
    return 'an entry lacks prefix, region or service';
  const rank = SERVICES.get(service);
  if (rank === undefined) return undefined;
  const isV6 = v4 === undefined;
  const [address = '', width = ''] = prefix.split('/');
  const number = isV6 ? parseV6(address) : parseV4(address);
  const bits = isV6 ? 128 : 32;
  if (number === undefined || !/^\d{1,3}$/.test(width) || Number(width) > bits)
    return `${JSON.stringify(prefix.slice(0, 50))} is no network`;
  if (region !== NO_REGION && !REGION.test(region))
    return `${JSON.stringify(region.slice(0, 50))} is no region`;
  const kept = isV6 ? 64 : 32;
  if (Number(width) > kept) return undefined;
  if (region !== NO_REGION && !regions.includes(region)) regions.push(region);
  const size = 1n << BigInt(kept - Number(width));
  const start = (BigInt(number) >> BigInt(bits - kept)) & ~(size - 1n);
  return { isV6, start, end: start + size - 1n, owner: regions.indexOf(region) + 1, rank };
}

/** More than the names of this build: a table is often newer. */
const REGION = /^[a-z]{2,5}(?:-[a-z]+)+-\d{1,2}$/;

/** Where it begins, and whose it is up to the next. */
interface Stretch {
  readonly start: bigint;
  readonly owner: number;
}

/** Nested networks laid flat, so that the longest prefix is the stretch an address falls into. */
function* pack(entries: readonly Entry[]): Generator<undefined, readonly Stretch[]> {
  const stretches: Stretch[] = [];
  const open: Entry[] = [];
  const begin = (start: bigint, owner: number): void => {
    if (stretches.at(-1)?.start === start) stretches.pop();
    if ((stretches.at(-1)?.owner ?? 0) !== owner) stretches.push({ start, owner });
  };
  const close = (isPast: (entry: Entry) => boolean): void => {
    for (let top = open.at(-1); top && isPast(top); top = open.at(-1)) {
      open.pop();
      begin(top.end + 1n, open.at(-1)?.owner ?? 0);
    }
  };
  let count = 0;
  for (const entry of yield* sorted(entries)) {
    count += 1;
    if (count % SLICE === 0) yield;
    close(({ end }) => end < entry.start);
    open.push(entry);
    begin(entry.start, entry.owner);
  }
  close(() => true);
  // Behind the last address of all there is nothing to begin.
  const room = 1n << (entries[0]?.isV6 === true ? 64n : 32n);
  return stretches.filter(({ start }) => start < room);
}

/** By a merge from below, which can stop between any two runs. */
function* sorted(entries: readonly Entry[]): Generator<undefined, readonly Entry[]> {
  let runs: (readonly Entry[])[] = [];
  for (let at = 0; at < entries.length; at += SLICE) {
    runs.push(entries.slice(at, at + SLICE).toSorted(byPlace));
    yield;
  }
  while (runs.length > 1) {
    const merged: (readonly Entry[])[] = [];
    for (let at = 0; at < runs.length; at += 2)
      merged.push(yield* mergeOf(runs[at] ?? [], runs[at + 1] ?? []));
    runs = merged;
  }
  return runs[0] ?? [];
}

function* mergeOf(a: readonly Entry[], b: readonly Entry[]): Generator<undefined, readonly Entry[]> {
  const merged: Entry[] = [];
  let left = 0;
  let right = 0;
  for (;;) {
    const [first, second] = [a[left], b[right]];
    if (!first) return [...merged, ...b.slice(right)];
    if (!second) return [...merged, ...a.slice(left)];
    const isFirst = byPlace(first, second) <= 0;
    merged.push(isFirst ? first : second);
    if (isFirst) left += 1;
    else right += 1;
    if (merged.length % (4 * SLICE) === 0) yield;
  }
}

/** Larger networks first; of equal ones the closer word last. */
function byPlace(a: Entry, b: Entry): number {
  return compare(a.start, b.start) || compare(b.end, a.end) || a.rank - b.rank;
}

/** Binary search for the last stretch that begins at or before the address; 0: there is none. */
function ownerAt(starts: Uint32Array | BigUint64Array, owners: Uint8Array, address: number | bigint): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= address) low = middle + 1;
    else high = middle;
  }
  return owners[low - 1] ?? 0;
}

/** `2026-08-22-15-17-05`, in UTC. */
function dateOf(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const date = /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))-([01]\d|2[0-3])-([0-5]\d)-([0-5]\d)$/.exec(
    text,
  );
  return date ? `${date[1]}T${date[2]}:${date[3]}:${date[4]}Z` : undefined;
}

function compare(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function malformed(subject: string, cause: string) {
  return {
    code: 'LF_IP_RANGES',
    operation: 'read',
    subject,
    cause,
    hint: 'Take it from https://ip-ranges.amazonaws.com/ip-ranges.json as it is, or packed with gzip.',
  } as const;
}

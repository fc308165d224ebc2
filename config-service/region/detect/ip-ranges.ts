import { isRecord } from '../../kit/is-record.ts';
import { jsonOf } from '../../kit/json-text.ts';
import { fail, ok, type Outcome } from '../../kit/outcome.ts';
import { parseV4, parseV6 } from '../tables/ip-address.ts';
import { isPackedRanges, readPackedRanges } from './packed-ranges.ts';
import { tableOf, type IpRanges, type RangeOwner, type Stretch } from './range-table.ts';

/** AWS's file has 2 MB and 17,000 entries. */
export const MAX_IP_RANGES_BYTES = 8 * 1024 * 1024;
const MAX_ENTRIES = 100_000;
const MAX_OWNERS = 10_000;

/** These two say the region; where both say something, `EC2` is the closer word. Any other is closer still, of the service. */
const REGIONAL = ['AMAZON', 'EC2'];
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
 * Reads it as AWS publishes it, or as `landfall-ops ip-ranges` packs it, and yields every few milliseconds. One entry at a time:
 * the whole as objects would take ten times the memory, for good. `LF_IP_RANGES` for anything else: half a table would call
 * foreign addresses nobody's.
 */
export function* readIpRanges(text: string, subject: string): Generator<undefined, Outcome<IpRanges>> {
  const refuse = (cause: string) => fail(malformed(subject, cause));
  if (isPackedRanges(text)) {
    const packed = yield* readPackedRanges(text);
    return typeof packed === 'string' ? refuse(packed) : ok(packed);
  }
  const v4: Entry[] = [];
  const v6: Entry[] = [];
  const owners = new Owners();
  // What is left without the entries is small, and says whether the whole is JSON.
  let skeleton = '';
  let last = 0;
  let count = 0;
  let prefixes = 0;
  for (const { 0: object, index } of text.matchAll(/\{[^{}]*\}/g)) {
    skeleton += `${text.slice(last, index)}0`;
    last = index + object.length;
    count += 1;
    if (count % SLICE === 0) yield;
    if (count > MAX_ENTRIES) return refuse('it is larger than it can be');
    const entry = entryOf(object);
    if (typeof entry === 'string') return refuse(entry);
    if (entry) (entry.isV6 ? v6 : v4).push(entry);
    if (entry && entry.rank < REGIONAL.length) prefixes += 1;
  }
  const head = jsonOf(skeleton + text.slice(last));
  if (!isRecord(head) || !Array.isArray(head['prefixes']) || !Array.isArray(head['ipv6_prefixes']))
    return refuse('it is not the JSON that AWS publishes');
  const { createDate } = head;
  if (typeof createDate !== 'string') return refuse('its createDate is no date');
  const [flat4, flat6] = [yield* pack(v4, owners), yield* pack(v6, owners)];
  if (owners.list.length > MAX_OWNERS) return refuse('it is larger than it can be');
  if (!v4.some(({ rank }) => rank < REGIONAL.length) || !owners.list.some(({ region }) => region !== null))
    return refuse('it holds no address of EC2 or AMAZON');
  const table = tableOf({ createDate, prefixes, owners: owners.list, v4: flat4, v6: flat6 });
  return table ? ok(table) : refuse('its createDate is no date');
}

interface Entry {
  readonly isV6: boolean;
  readonly start: bigint;
  readonly end: bigint;
  readonly region: string;
  readonly service: string;
  readonly rank: number;
}

/** Undefined for what says nothing of a whole network. IPv6 counts in its upper 64 bits: no region has less. */
function entryOf(json: string): Entry | string | undefined {
  const entry = jsonOf(json);
  if (!isRecord(entry)) return 'an entry is no JSON';
  const { ip_prefix: v4, ipv6_prefix: v6, region, service } = entry;
  const prefix = v4 ?? v6;
  if (typeof prefix !== 'string' || typeof region !== 'string' || typeof service !== 'string')
    return 'an entry lacks prefix, region or service';
  if (!SERVICE.test(service)) return `${JSON.stringify(service.slice(0, 50))} is no service`;
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
  const size = 1n << BigInt(kept - Number(width));
  const start = (BigInt(number) >> BigInt(bits - kept)) & ~(size - 1n);
  const place = REGIONAL.indexOf(service);
  return { isV6, start, end: start + size - 1n, region, service, rank: place < 0 ? REGIONAL.length : place };
}

const SERVICE = /^[A-Z0-9_]{1,50}$/;

/** More than the names of this build: a table is often newer. */
const REGION = /^[a-z]{2,5}(?:-[a-z]+)+-\d{1,2}$/;

/** Each region and service once, by its place in the list plus one; 0 is nobody's. */
class Owners {
  readonly list: RangeOwner[] = [];
  readonly #places = new Map<string, number>();

  /** Whose an address is that lies in all of these networks, the smallest last. */
  of(open: readonly Entry[]): number {
    const regional = open.findLast(({ rank }) => rank < REGIONAL.length);
    if (!regional) return 0;
    const isAny = ({ service }: Entry): boolean => service !== 'AMAZON';
    const closest = open.findLast(({ rank }) => rank === REGIONAL.length) ?? open.findLast(isAny) ?? regional;
    const name = `${regional.region} ${closest.service}`;
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const region = regional.region === NO_REGION ? null : regional.region;
    this.#places.set(name, this.list.push({ region, service: closest.service }));
    return this.list.length;
  }
}

/** Nested networks laid flat, so that the longest prefix is the stretch an address falls into. */
function* pack(entries: readonly Entry[], owners: Owners): Generator<undefined, readonly Stretch[]> {
  const stretches: Stretch[] = [];
  const open: Entry[] = [];
  const begin = (start: bigint): void => {
    const owner = owners.of(open);
    if (stretches.at(-1)?.start === start) stretches.pop();
    if ((stretches.at(-1)?.owner ?? 0) !== owner) stretches.push({ start, owner });
  };
  const close = (isPast: (entry: Entry) => boolean): void => {
    for (let top = open.at(-1); top && isPast(top); top = open.at(-1)) {
      open.pop();
      begin(top.end + 1n);
    }
  };
  let count = 0;
  for (const entry of yield* sorted(entries)) {
    count += 1;
    if (count % SLICE === 0) yield;
    close(({ end }) => end < entry.start);
    open.push(entry);
    begin(entry.start);
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
    hint: 'Take it from https://ip-ranges.amazonaws.com/ip-ranges.json as it is, packed with gzip, or by landfall-ops ip-ranges.',
  } as const;
}

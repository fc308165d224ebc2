import { parseV4, parseV6 } from '../tables/ip-address.ts';
import type { RegionOfAddress } from './public-address.ts';

/** AWS's published address ranges (ip-ranges.json), laid flat: some 90 KiB of what is 2 MB of JSON. */
export interface IpRanges {
  /** By the longest prefix of the services EC2 and AMAZON; null for `GLOBAL`, and for what is not AWS's. */
  readonly regionOf: RegionOfAddress;
  /** The same of a number of 32 bits, with the service whose address it is; undefined for what is not AWS's. */
  readonly ownerOfV4: (address: number) => RangeOwner | undefined;
  /** By the upper 64 bits. */
  readonly ownerOfV6: (network: bigint) => RangeOwner | undefined;
  /** As AWS dates the file, ISO 8601 in UTC. */
  readonly createdAt: string;
  readonly prefixes: number;
  readonly sheet: RangeSheet;
}

export interface RangeOwner {
  /** Null for `GLOBAL`. */
  readonly region: string | null;
  /** As the file calls it, `AMAZON` where it says nothing closer. */
  readonly service: string;
}

/** Where it begins, and whose it is up to the next: the place among the owners plus one, 0 for nobody's. */
export interface Stretch {
  readonly start: bigint;
  readonly owner: number;
}

/** What a table is made of. */
export interface RangeSheet {
  /** As AWS writes it, `2026-08-22-15-17-05`, in UTC. */
  readonly createDate: string;
  readonly prefixes: number;
  readonly owners: readonly RangeOwner[];
  /** By their beginning, each larger than the one before. */
  readonly v4: Iterable<Stretch>;
  readonly v6: Iterable<Stretch>;
}

/** Undefined where the date is none. */
export function tableOf({ createDate, prefixes, owners, v4, v6 }: RangeSheet): IpRanges | undefined {
  const createdAt = dateOf(createDate);
  if (createdAt === undefined) return undefined;
  const [flat4, flat6] = [[...v4], [...v6]];
  const starts4 = Uint32Array.from(flat4, ({ start }) => Number(start));
  const starts6 = BigUint64Array.from(flat6, ({ start }) => start);
  const owners4 = Uint16Array.from(flat4, ({ owner }) => owner);
  const owners6 = Uint16Array.from(flat6, ({ owner }) => owner);
  const ownerOfV4 = (address: number): RangeOwner | undefined =>
    owners[placeAt(starts4, owners4, address) - 1];
  const ownerOfV6 = (network: bigint): RangeOwner | undefined =>
    owners[placeAt(starts6, owners6, network) - 1];
  return {
    createdAt,
    prefixes,
    ownerOfV4,
    ownerOfV6,
    regionOf: (address) => {
      const owner = address.includes(':')
        ? ownerOfV6((parseV6(address) ?? 0n) >> 64n)
        : ownerOfV4(parseV4(address) ?? 0);
      return owner?.region ?? null;
    },
    // Of what is kept anyway.
    sheet: {
      createDate,
      prefixes,
      owners,
      v4: stretchesOf(starts4, owners4),
      v6: stretchesOf(starts6, owners6),
    },
  };
}

function stretchesOf(starts: Uint32Array | BigUint64Array, owners: Uint16Array): Iterable<Stretch> {
  return {
    *[Symbol.iterator]() {
      for (const [at, owner] of owners.entries()) yield { start: BigInt(starts[at] ?? 0), owner };
    },
  };
}

/** Binary search for the last stretch that begins at or before the address; 0: there is none. */
function placeAt(
  starts: Uint32Array | BigUint64Array,
  owners: Uint16Array,
  address: number | bigint,
): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= address) low = middle + 1;
    else high = middle;
  }
  return owners[low - 1] ?? 0;
}

function dateOf(text: string): string | undefined {
  const date = /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))-([01]\d|2[0-3])-([0-5]\d)-([0-5]\d)$/.exec(
    text,
  );
  return date ? `${date[1]}T${date[2]}:${date[3]}:${date[4]}Z` : undefined;
}

import { parseV4, parseV6 } from '../tables/ip-address.ts';
import type { RegionOfAddress } from './public-address.ts';

/** AWS's published address ranges (ip-ranges.json), laid flat: some 90 KiB of what is 2 MB of JSON. */
export interface IpRanges {
  /** By the longest prefix of the services EC2 and AMAZON; null for `GLOBAL`, and for what is not AWS's. */
  readonly regionOf: RegionOfAddress;
  /** The same of a number of 32 bits, with the service whose address it is; undefined for what is not AWS's. */
  readonly ownerOfV4: (address: number) => RangeOwner | undefined;
  /** By the upper 64 bits, as two numbers of 32. */
  readonly ownerOfV6: (high: number, low: number) => RangeOwner | undefined;
  /** 1 for each network of IPv4 of 16 bits that has an address of a wanted owner, 0 for the others. */
  readonly blocksOf: (isWanted: (owner: RangeOwner) => boolean) => Uint8Array;
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
  // In halves: numbers of 64 bits are objects, and a look at ten thousand sockets would make a hundred thousand of them.
  const [highs6, lows6] = [32n, 0n].map((shift) =>
    Uint32Array.from(flat6, ({ start }) => Number((start >> shift) & 0xffff_ffffn)),
  ) as [Uint32Array, Uint32Array];
  const owners4 = Uint16Array.from(flat4, ({ owner }) => owner);
  const owners6 = Uint16Array.from(flat6, ({ owner }) => owner);
  const ownerOfV4 = (address: number): RangeOwner | undefined =>
    owners[(owners4[placeAt(starts4, undefined, address, 0)] ?? 0) - 1];
  const ownerOfV6 = (high: number, low: number): RangeOwner | undefined =>
    owners[(owners6[placeAt(highs6, lows6, high, low)] ?? 0) - 1];
  return {
    createdAt,
    prefixes,
    ownerOfV4,
    ownerOfV6,
    regionOf: (address) => {
      const owner = address.includes(':')
        ? ownerOfV6(...halvesOf((parseV6(address) ?? 0n) >> 64n))
        : ownerOfV4(parseV4(address) ?? 0);
      return owner?.region ?? null;
    },
    blocksOf: (isWanted) => {
      const wanted = owners.map(isWanted);
      const blocks = new Uint8Array(1 << 16);
      for (const [at, owner] of owners4.entries()) {
        if (wanted[owner - 1] !== true) continue;
        const last = (starts4[at + 1] ?? 2 ** 32) - 1;
        blocks.fill(1, (starts4[at] ?? 0) >>> 16, (last >>> 16) + 1);
      }
      return blocks;
    },
    // Of what is kept anyway.
    sheet: {
      createDate,
      prefixes,
      owners,
      v4: stretchesOf(undefined, starts4, owners4),
      v6: stretchesOf(highs6, lows6, owners6),
    },
  };
}

function halvesOf(network: bigint): [high: number, low: number] {
  return [Number(network >> 32n), Number(network & 0xffff_ffffn)];
}

function stretchesOf(
  highs: Uint32Array | undefined,
  lows: Uint32Array,
  owners: Uint16Array,
): Iterable<Stretch> {
  return {
    *[Symbol.iterator]() {
      for (const [at, owner] of owners.entries())
        yield { start: (BigInt(highs?.[at] ?? 0) << 32n) | BigInt(lows[at] ?? 0), owner };
    },
  };
}

/**
 * Binary search for the last stretch that begins at or before the address; -1: there is none.
 * @param lows of equal highs; left out where an address has 32 bits.
 */
function placeAt(highs: Uint32Array, lows: Uint32Array | undefined, high: number, low: number): number {
  let first = 0;
  let end = highs.length;
  while (first < end) {
    const middle = (first + end) >>> 1;
    const there = highs[middle] ?? 0;
    const isBefore = there === high && lows !== undefined ? (lows[middle] ?? 0) <= low : there <= high;
    if (isBefore) first = middle + 1;
    else end = middle;
  }
  return first - 1;
}

function dateOf(text: string): string | undefined {
  const date = /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))-([01]\d|2[0-3])-([0-5]\d)-([0-5]\d)$/.exec(
    text,
  );
  return date ? `${date[1]}T${date[2]}:${date[3]}:${date[4]}Z` : undefined;
}

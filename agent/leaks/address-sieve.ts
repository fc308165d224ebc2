import type { IpRanges } from '#config-service';

/** Whether an address is to be looked at closer: it may be foreign, or is none at all. */
export type AddressSieve = (table: Uint8Array, at: number) => boolean;

/** By the code of a digit, 0 to 9 and A to F. */
const DIGITS = Uint8Array.from({ length: 256 }, (_, code) => {
  const digit = Number.parseInt(String.fromCodePoint(code), 16);
  return Number.isNaN(digit) ? 0 : digit;
});

/**
 * Tells addresses that lie here or are nobody's of AWS from all others, in the bytes of the kernel's table and without a text of
 * them: a host has ten thousand, and next to none is foreign. What it lets through `farAddressOf` says more of; it never holds
 * back what that says is foreign.
 */
export function createAddressSieves(
  { blocksOf, ownerOfV4, ownerOfV6 }: Pick<IpRanges, 'blocksOf' | 'ownerOfV4' | 'ownerOfV6'>,
  home: string,
): { readonly v4: AddressSieve; readonly v6: AddressSieve } {
  const blocks = blocksOf(({ region }) => region !== null && region !== home);
  const v4: AddressSieve = (table, at) => {
    const upper = upperHalf(table, at);
    if (upper === 0) return true;
    if (blocks[upper] === 0) return false;
    const region = ownerOfV4(wordAt(table, at))?.region ?? home;
    return region !== home;
  };
  const v6: AddressSieve = (table, at) => {
    const first = wordAt(table, at);
    // Nobody, or IPv4 behind `::ffff:` or what a NAT64 puts before it.
    if (first === 0) return v4(table, at + 24);
    if (first === 0x64ff9b) return true;
    const region = ownerOfV6(first, wordAt(table, at + 8))?.region ?? home;
    return region !== home;
  };
  return { v4, v6 };
}

/** Of 32 bits: x86-64 and arm64 write the lowest byte first. */
function wordAt(table: Uint8Array, at: number): number {
  return ((upperHalf(table, at) << 16) | (byteAt(table, at + 2) << 8) | byteAt(table, at)) >>> 0;
}

function upperHalf(table: Uint8Array, at: number): number {
  return (byteAt(table, at + 6) << 8) | byteAt(table, at + 4);
}

function byteAt(table: Uint8Array, at: number): number {
  return ((DIGITS[table[at] ?? 0] ?? 0) << 4) | (DIGITS[table[at + 1] ?? 0] ?? 0);
}

import type { IpRanges, RangeOwner } from '#config-service';

/** The other end of a socket, where the table of address ranges says that it lies in another region. */
export interface FarAddress {
  /** As people write it. */
  readonly address: string;
  readonly region: string;
  /** As ip-ranges.json calls it: `S3`, `EC2`; `AMAZON` for one that it does not tell apart. */
  readonly service: string;
}

/** What an address of the kernel's table (`SocketLine`) is to an instance of region `home`; undefined: nothing foreign. */
export function farAddressOf(
  hex: string,
  ranges: Pick<IpRanges, 'ownerOfV4' | 'ownerOfV6'>,
  home: string,
): FarAddress | undefined {
  const words = wordsOf(hex);
  const [first = 0, second = 0, third = 0] = words;
  const last = words.at(-1) ?? 0;
  const isV4 = words.length === 1 || isMapped(first, second, third);
  const owner = isV4 ? ranges.ownerOfV4(last) : ranges.ownerOfV6(first, second);
  if (!isForeign(owner, home)) return undefined;
  return { address: isV4 ? dotted(last) : groups(words), region: owner.region, service: owner.service };
}

function isForeign(
  owner: RangeOwner | undefined,
  home: string,
): owner is RangeOwner & { readonly region: string } {
  return owner !== undefined && owner.region !== null && owner.region !== home;
}

/** `::ffff:0:0/96`, over which programs with one socket for both reach IPv4, and what NAT64 makes of it (RFC 6052, 2.1). */
function isMapped(first: number, second: number, third: number): boolean {
  return (
    (first === 0 && second === 0 && third === 0xffff) || (first === 0x64ff9b && second === 0 && third === 0)
  );
}

/** Numbers of 32 bits: x86-64 and arm64 write the lowest byte first. */
function wordsOf(hex: string): readonly number[] {
  const words: number[] = [];
  for (let at = 0; at < hex.length; at += 8) {
    const word = Number.parseInt(hex.slice(at, at + 8), 16);
    words.push(((word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff0000) | (word << 24)) >>> 0);
  }
  return words;
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

/** With the first of the longest runs of zeros left out (RFC 5952, 4.2). */
function groups(words: readonly number[]): string {
  const all = words.flatMap((word) => [word >>> 16, word & 0xffff]).map((group) => group.toString(16));
  const [longest = ''] = [...all.join(':').matchAll(/\b0(?::0)+\b/g)]
    .map(([run]) => run)
    .toSorted((a, b) => b.length - a.length);
  const text = all.join(':');
  return longest === ''
    ? text
    : text
        .replace(longest, '')
        .replace(/^$|^:|:$|::/, '::')
        .replace(/:{3,}/, '::');
}

/** As a number of 32 bits; undefined for what is none. Zeros in front would be octal to some (RFC 6943, 3.1.1). */
export function parseV4(text: string): number | undefined {
  const octets = text.split('.');
  if (
    octets.length !== 4 ||
    !octets.every((octet) => /^(?:0|[1-9]\d{0,2})$/.test(octet) && Number(octet) < 256)
  )
    return undefined;
  return octets.reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

/**
 * As inet_aton(3) and every browser read it, in four decimals: one to four parts, each decimal, octal (`0`) or hexadecimal (`0x`), the
 * last of which fills what is left. Undefined for what is none.
 */
export function dottedOf(text: string): string | undefined {
  const parts = text.split('.').map((part) => {
    if (/^0x[0-9a-f]+$/i.test(part) || /^(?:0|[1-9]\d*)$/.test(part)) return Number(part);
    return /^0[0-7]+$/.test(part) ? Number.parseInt(part, 8) : NaN;
  });
  const last = parts.pop() ?? NaN;
  const width = 4 - parts.length;
  if (width < 1 || !parts.every((part) => part < 256) || !(last < 256 ** width)) return undefined;
  const rest = Array.from(
    { length: width },
    (_, index) => Math.floor(last / 256 ** (width - 1 - index)) % 256,
  );
  return [...parts, ...rest].join('.');
}

/** As a number of 128 bits (RFC 4291, 2.2); undefined for what is none. Forms that end in an IPv4 address are not read. */
export function parseV6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head = [], tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array<string>(tail ? missing : 0).fill('0'), ...(tail ?? [])];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

/** Whether an address lies in a network such as `10.0.0.0/8` or `2600:1f18::/36`, or is the one that stands in its place. */
export function isInNetwork(network: string, address: string): boolean {
  const [first = '', width] = network.split('/');
  const isV6 = address.includes(':');
  const [from, to] = isV6 ? [parseV6(first), parseV6(address)] : [parseV4(first), parseV4(address)];
  const bits = isV6 ? 128 : 32;
  const kept = width === undefined ? bits : Number(width);
  if (from === undefined || to === undefined || !(kept >= 0 && kept <= bits)) return false;
  const shift = BigInt(bits - kept);
  return BigInt(from) >> shift === BigInt(to) >> shift;
}

/** An address, or one with the width of its network behind it. */
export function isNetwork(text: string): boolean {
  const [first = '', width = '', ...others] = text.split('/');
  const bits = parseV4(first) === undefined ? 128 : 32;
  const isAddress = parseV4(first) !== undefined || parseV6(first) !== undefined;
  const isWidth = text.includes('/') ? /^\d{1,3}$/.test(width) && Number(width) <= bits : true;
  return isAddress && isWidth && others.length === 0;
}

/**
 * What is of this host, this network or nobody (RFC 6890), written in documentation (RFC 5737), or answers to everybody
 * everywhere: resolvers that are the same in all regions.
 */
const NOT_PUBLIC_V4 = (
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 ' +
  '192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 ' +
  '203.0.113.0/24 224.0.0.0/3 ' +
  '1.0.0.0/24 1.1.1.0/24 4.2.2.0/24 8.8.4.0/24 8.8.8.0/24 9.9.9.0/24 149.112.112.0/24 208.67.220.0/23'
)
  .split(' ')
  .map((network) => {
    const [first = '', width] = network.split('/');
    const size = 2 ** (32 - Number(width));
    return { first: parseV4(first) ?? 0, size };
  });

export function isPublicV4(address: number): boolean {
  return !NOT_PUBLIC_V4.some(({ first, size }) => address >= first && address < first + size);
}

/** Global unicast, without documentation (RFC 3849, RFC 9637), Teredo, 6to4 and well-known resolvers. */
export function isPublicV6(address: bigint): boolean {
  const isGlobal = address >> 125n === 1n;
  const first = address >> 96n;
  const isOther = first === 0x20010db8n || first === 0x20010000n || address >> 112n === 0x2002n;
  const isDocumentation = address >> 108n === 0x3fff0n;
  return isGlobal && !isOther && !isDocumentation && !RESOLVERS.has(first);
}

const RESOLVERS: ReadonlySet<bigint> = new Set([0x20014860n, 0x26064700n, 0x262000fen, 0x26200119n]);

/**
 * Where EC2 has addresses, by the first octet (ip-ranges.json of August 2026). Networks that AWS shares with half the
 * internet make it "maybe"; nobody else's address is taken for one. 1.x and 5.x are left out: they are versions far more often.
 */
const EC2_OCTETS: ReadonlySet<number> = new Set([
  3, 13, 15, 16, 18, 23, 35, 40, 43, 44, 46, 50, 51, 52, 54, 56, 63, 64, 66, 75, 79, 96, 98, 99, 100, 107,
  108, 136, 139, 142, 151, 155, 157, 159, 161, 162, 168, 173, 174, 175, 176, 177, 182, 184, 185, 192, 198,
  204, 208, 216,
]);
const EC2_V6 =
  /^(?:2600:(?:1f|f0)|2406:da|2a05:d0|240f:80)[0-9a-f]{2}:|^(?:2400:7fc0|2404:c2c0|2804:800|2a01:578):/i;

/** Whether EC2 may own a public address. */
export function isLikelyAws(address: string): boolean {
  return address.includes(':') ? EC2_V6.test(address) : EC2_OCTETS.has(Number(address.split('.')[0]));
}

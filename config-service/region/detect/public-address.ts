import type { Finding } from './finding.ts';
import { dottedOf, isLikelyAws, isPublicV4, isPublicV6, parseV4, parseV6 } from '../tables/ip-address.ts';

/** The region that AWS announces an address in; null for what is no region's, or not AWS's. */
export type RegionOfAddress = (address: string) => string | null;

/** The kind of an address that nothing gives a region to. */
export const UNKNOWN_ADDRESS = 'region-unknown:public-address';

/**
 * Public addresses that stand where a program takes a host: an address of EC2 belongs to one region, and does not say to
 * which. With a table they are findings of that region; without, only those that EC2 may own, as of unknown region.
 * @param name what the text is called: `4.2.17.1` of `app.version` is none.
 */
export function* addressFindings(
  text: string,
  { name = '', regionOf }: { readonly name?: string; readonly regionOf?: RegionOfAddress | undefined } = {},
): Generator<Finding> {
  for (const { start, written, address } of [...hostAddresses(text, name), ...disguisedAddresses(text)]) {
    const place = { start, end: start + written.length, text: written };
    if (regionOf) {
      const region = regionOf(address);
      if (region !== null) yield { region, kind: 'public-address', severity: 'error', ...place };
    } else if (isLikelyAws(address)) {
      yield { region: null, kind: UNKNOWN_ADDRESS, severity: 'unknown', ...place };
    }
  }
}

/** Where `addressFindings` would find something with some name, or some table. */
export function* addressesIn(text: string): Generator<number> {
  for (const { start } of hostAddresses(text, '')) yield start;
  for (const { start } of disguisedAddresses(text)) yield start;
}

/** What may stand in front: no letter, digit or dot, and a slash only as `//`; `%2F%2F` is one in a query. */
const BEFORE = '(?<=^|//|[^\\w./%-]|%(?:2[fF]|3[aAdD]|40))';
const V4 = new RegExp(`${BEFORE}(\\d{1,3}(?:\\.\\d{1,3}){3})(?![\\w-]|\\.\\w)`, 'g');
/** Global unicast begins with a 2 or a 3 (RFC 4291, 2.4); at least one more colon, so that times and labels are none. */
const V6 = new RegExp(`${BEFORE}([23][0-9a-f]{3}:[0-9a-f]{0,4}:[0-9a-f:]{0,30})(?![\\w.-])`, 'gi');

/** A network is no host; `/32` and `/128` are one, and behind `//` a path follows. */
const NETWORK = /^\/(\d{1,3})(?![\w.])/;

interface HostAddress {
  readonly start: number;
  readonly written: string;
  readonly address: string;
}

/** Behind the scheme of a URL: anywhere else these are numbers. */
const NUMBERS = /(?<=\w:\/\/(?:[^\s/?#@"'<>]{0,200}@)?)([\da-fx]+(?:\.[\da-fx]+){0,3})(?![\w.-])/gi;
const MAPPED = /(?<![\w:])::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})(?![\w:.])/gi;

/** Addresses that do not look like one to people, and are one to programs: `0x34010203`, `52.66051`, `::ffff:3401:203`. */
function* disguisedAddresses(text: string): Generator<HostAddress> {
  if (!/:\/\/|::ffff:/i.test(text)) return;
  for (const { index: start, 1: written = '' } of text.matchAll(NUMBERS)) {
    const address = dottedOf(written);
    if (address !== undefined && address !== written && isPublic(address, 32))
      yield { start, written, address };
  }
  for (const { index: start, 0: written, 1: high = '', 2: low = '' } of text.matchAll(MAPPED)) {
    const address = dottedOf(`0x${high.padStart(4, '0')}${low.padStart(4, '0')}`);
    if (address !== undefined && isPublic(address, 32)) yield { start, written, address };
  }
}

function* hostAddresses(text: string, name: string): Generator<HostAddress> {
  for (const [shape, bits] of [
    [V4, 32],
    [V6, 128],
  ] as const) {
    for (const { index: start, 1: written = '' } of text.matchAll(shape)) {
      const address = written.replace(/(?<!:):$/, '');
      if (!isPublic(address, bits) || isWrittenVersion(text, start, address, name)) continue;
      const inAddress = /(?:\/\/|@)\[?$/.test(text.slice(Math.max(0, start - 3), start));
      const width = NETWORK.exec(text.slice(start + address.length, start + address.length + 5))?.[1];
      if (!inAddress && width !== undefined && Number(width) < bits) continue;
      yield { start, written: address, address };
    }
  }
}

function isPublic(address: string, bits: 32 | 128): boolean {
  if (bits === 32) {
    const v4 = parseV4(address);
    return v4 !== undefined && isPublicV4(v4);
  }
  const v6 = parseV6(address);
  return v6 !== undefined && isPublicV6(v6);
}

const VERSION =
  /(?:^|[^a-z])(?:version|vers?|release|rev|revision|build|oid|tag|image|firmware|driver|kernel|package|chart|agent|v)[\s"'=:>(,-]{0,4}$/i;

/** `image: 3.4.5.6`, `-v 3.4.5.6`. A port, a scheme or a user say that it is an address all the same. */
function isWrittenVersion(text: string, start: number, address: string, name: string): boolean {
  const before = text.slice(Math.max(0, start - 32), start);
  if (/(?:\/\/|@)\[?$/.test(before) || /^\]?:\d{1,5}(?!\d)/.test(text.slice(start + address.length)))
    return false;
  return VERSION.test(before.trim() === '' ? name.replace(/([a-z])(?=[A-Z])/g, '$1.') : before);
}

import { isIP } from 'node:net';
import type { ListedObject, Peer } from '#config-service';

/** Of whom: all of one role and environment, `undefined` being those without. */
export interface Group {
  readonly environment: string | undefined;
  readonly role: string | undefined;
}

/** S3 takes keys of 1,024 bytes, and the prefix of the source and the rest want their part. */
const MAX_TAGS_BYTES = 512;
const INSTANCE_ID = /^i-[0-9a-f]{1,32}$/;

/** Below the source; all members of a group lie below it, and nothing else. */
export function groupPrefix({ environment, role }: Group): string {
  return `peers/${segment(environment)}/${segment(role)}/`;
}

/**
 * All that others are to know stands in the name, so that one listing tells it of a thousand: to read an object of each would
 * cost a fleet the square of its size. Undefined where the tags do not fit.
 */
export function memberKey(group: Group, { id, zone, address, tags }: Peer): string | undefined {
  const told = new URLSearchParams(Object.entries(tags).toSorted(byName)).toString();
  if (told.length > MAX_TAGS_BYTES) return undefined;
  const parts = [id, zone, address, ...(told === '' ? [] : [told])];
  return `${groupPrefix(group)}${parts.join('/')}`;
}

/**
 * Undefined for what is no member of this region: anybody who may write there may write anything, and a bucket that is
 * replicated brings the members of another region along (law 4).
 * @param below the key without the prefix of its group.
 */
export function parseMember(below: string, region: string): Peer | undefined {
  const [id = '', zone = '', address = '', told = '', ...more] = below.split('/');
  const isHere = zone.startsWith(region) && /^(?:-[a-z0-9-]+|[a-z])$/.test(zone.slice(region.length));
  if (!INSTANCE_ID.test(id) || !isHere || isIP(address) === 0 || more.length > 0) return undefined;
  const tags = Object.fromEntries(new URLSearchParams(told));
  // No line of a file that is made of them may be begun by who writes a tag.
  const isText = Object.entries(tags).every(([name, value]) => !/\p{Cc}/u.test(`${name}${value}`));
  return isText ? { id, zone, address, tags } : undefined;
}

/** A member that leaves empties its object: to write is all that an instance may do there. */
export function hasLeft({ size }: ListedObject): boolean {
  return size === 0;
}

/** `..` leads out of the folder where a path is made of the key, and `-` is who has none. */
function segment(name: string | undefined): string {
  if (name === undefined) return '-';
  const encoded = encodeURIComponent(name);
  return /^(?:\.+|-)$/.test(encoded) ? encoded.replaceAll('.', '%2E').replaceAll('-', '%2D') : encoded;
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}

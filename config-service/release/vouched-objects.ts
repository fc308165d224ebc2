import { isRecord } from '../kit/is-record.ts';
import { isSha256Hex } from './digest.ts';
import type { ProblemList } from './problem-list.ts';

/** What an object that lies outside of the release has to be. */
export interface VouchedObject {
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
}

/** By `s3://bucket/key`: what instances fetch because a plan of the release says so, such as an archive of an init document. */
export type VouchedObjects = ReadonlyMap<string, VouchedObject>;

/** Of one release in one region. An entry takes some 150 bytes, and every instance reads all of them with the pointer. */
export const MAX_VOUCHED_OBJECTS = 1000;
/** `s3://`, a bucket of 63 letters, and a key of 1,024 bytes. */
const MAX_ADDRESS_BYTES = 1100;

/** With addresses and fields in a fixed order: equal maps print as equal bytes. */
export function canonicalObjects(objects: VouchedObjects): object {
  const sorted = [...objects].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([address, { sha256, size }]) => [address, { sha256, size }]));
}

/** Whether both vouch for the same content. */
export function areSameObjects(a: VouchedObjects | undefined, b: VouchedObjects | undefined): boolean {
  return (
    JSON.stringify(canonicalObjects(a ?? new Map())) === JSON.stringify(canonicalObjects(b ?? new Map()))
  );
}

/** Reads `objects` of a release; none is fine. Every problem lands in `problems`. */
export function parseObjects(value: unknown, place: string, problems: ProblemList): VouchedObjects {
  const objects = new Map<string, VouchedObject>();
  if (value === undefined) return objects;
  if (!isRecord(value) || Object.keys(value).length > MAX_VOUCHED_OBJECTS) {
    problems.add(place, `is no map of at most ${MAX_VOUCHED_OBJECTS} objects`);
    return objects;
  }
  for (const [address, entry] of Object.entries(value)) {
    const { sha256, size } = isRecord(entry) ? entry : {};
    const isAddress = /^s3:\/\/[^/]+\/./.test(address) && Buffer.byteLength(address) <= MAX_ADDRESS_BYTES;
    const isDigest = typeof sha256 === 'string' && isSha256Hex(sha256);
    const isSize = typeof size === 'number' && Number.isSafeInteger(size) && size >= 0;
    if (isAddress && isDigest && isSize) objects.set(address, { sha256, size });
    else
      problems.add(`${place}[${JSON.stringify(address)}]`, 'is no s3://bucket/key with "sha256" and "size"');
  }
  return objects;
}

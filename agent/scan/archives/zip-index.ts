import { Damaged } from '../bytes/damage.ts';
import { LIMITS } from '../bytes/limits.ts';

/** Bytes that can be read anywhere: an open file, or an entry held in memory. */
export interface RandomAccess {
  readonly size: number;
  /** @returns fewer than `length` bytes only at the end. */
  read(position: number, length: number): Buffer;
}

export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly isEncrypted: boolean;
  readonly packedSize: number;
  readonly size: number;
  /** Position of the local header, which the content follows. */
  readonly position: number;
}

const END = 0x06054b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 0xffff;
const LOCATOR64 = 0x07064b50;
const LOCATOR64_BYTES = 20;
const END64 = 0x06064b50;
const ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
/** "See the zip64 field." */
const TOO_LARGE = 0xffffffff;

/** The index of a zip (APPNOTE.TXT 4.3), which stands at its end, zip64 included. @throws Damaged */
export function* zipEntries(zip: RandomAccess): Generator<ZipEntry> {
  const { position, length } = indexOf(zip);
  if (length > LIMITS.zipIndexBytes) throw new Damaged('the index of the zip is too long');
  const index = zip.read(position, length);
  for (let at = 0; at + ENTRY_BYTES <= index.length;) {
    if (index.readUInt32LE(at) !== ENTRY) return;
    const nameEnd = at + ENTRY_BYTES + index.readUInt16LE(at + 28);
    const extraEnd = nameEnd + index.readUInt16LE(at + 30);
    yield entryAt(index, at, nameEnd, extraEnd);
    at = extraEnd + index.readUInt16LE(at + 32);
  }
}

/** Where an entry's content begins: its local header may have other extra fields than the index. @throws Damaged */
export function contentPosition(zip: RandomAccess, entry: ZipEntry): number {
  const header = zip.read(entry.position, LOCAL_BYTES);
  if (header.length < LOCAL_BYTES || header.readUInt32LE(0) !== LOCAL) {
    throw new Damaged('the index of the zip points nowhere');
  }
  return entry.position + LOCAL_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
}

function indexOf(zip: RandomAccess): { position: number; length: number } {
  const tailPosition = Math.max(0, zip.size - END_BYTES - LONGEST_COMMENT);
  const tail = zip.read(tailPosition, zip.size - tailPosition);
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== END) continue;
    const position = tail.readUInt32LE(at + 16);
    const length = tail.readUInt32LE(at + 12);
    return position === TOO_LARGE || length === TOO_LARGE
      ? index64(zip, tailPosition + at)
      : { position, length };
  }
  throw new Damaged('the zip has no index');
}

function index64(zip: RandomAccess, end: number): { position: number; length: number } {
  const locator = zip.read(Math.max(0, end - LOCATOR64_BYTES), LOCATOR64_BYTES);
  if (locator.length < LOCATOR64_BYTES || locator.readUInt32LE(0) !== LOCATOR64) {
    throw new Damaged('the zip has no index');
  }
  const record = zip.read(Number(locator.readBigUInt64LE(8)), 56);
  if (record.length < 56 || record.readUInt32LE(0) !== END64) throw new Damaged('the zip has no index');
  return { position: Number(record.readBigUInt64LE(48)), length: Number(record.readBigUInt64LE(40)) };
}

function entryAt(index: Buffer, at: number, nameEnd: number, extraEnd: number): ZipEntry {
  const short = {
    size: index.readUInt32LE(at + 24),
    packedSize: index.readUInt32LE(at + 20),
    position: index.readUInt32LE(at + 42),
  };
  return {
    name: index.toString('utf8', at + ENTRY_BYTES, nameEnd),
    method: index.readUInt16LE(at + 10),
    isEncrypted: (index.readUInt16LE(at + 8) & 1) === 1,
    ...withLarge(short, index.subarray(nameEnd, extraEnd)),
  };
}

/** The zip64 field (id 1) holds, in this order, only what did not fit above. */
function withLarge<T extends Record<string, number>>(short: T, extra: Buffer): T {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let value = at + 4;
    const large = Object.entries(short).map(([field, small]) => {
      if (small !== TOO_LARGE || value + 8 > extra.length) return [field, small];
      value += 8;
      return [field, Number(extra.readBigUInt64LE(value - 8))];
    });
    return Object.fromEntries(large) as T;
  }
  return short;
}

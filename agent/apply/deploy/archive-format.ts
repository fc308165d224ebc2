export type ArchiveFormat = 'tar' | 'zip';

/** Magic numbers of what tar(1) unpacks by itself: gzip, bzip2, xz, zstd. */
const PACKED = [
  [0x1f, 0x8b],
  [0x42, 0x5a, 0x68],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a],
  [0x28, 0xb5, 0x2f, 0xfd],
];

const BLOCK_BYTES = 512;

/** Where a tar header holds the sum of its bytes, itself counted as blanks. */
const SUM = { from: 148, to: 156 };

/** The end of a zip's directory, and how far in front of the last byte it can begin (APPNOTE.TXT, 4.3.16). */
const ZIP_END = Buffer.from([0x50, 0x4b, 0x05, 0x06]);
const ZIP_END_BYTES = 22 + 0xffff;

/** How many bytes of either end `archiveFormat` looks at. */
export const HEAD_BYTES = BLOCK_BYTES;

/**
 * What unpacks an archive, told by its bytes and not by what it is called; undefined: no archive that is known.
 * @param tail its last bytes, `ZIP_END_BYTES` at least where there are so many: a zip may have a program in front.
 */
export function archiveFormat(head: Uint8Array, tail: Uint8Array): ArchiveFormat | undefined {
  if (startsWith(head, [0x50, 0x4b])) return 'zip';
  if (PACKED.some((prefix) => startsWith(head, prefix)) || isTarHeader(head)) return 'tar';
  return Buffer.from(tail.subarray(-ZIP_END_BYTES)).includes(ZIP_END) ? 'zip' : undefined;
}

/** A tar of any age, by the sum that every header has: v7 has no magic number. A tar of nothing is zeros from the start. */
export function isTarHeader(block: Uint8Array): boolean {
  if (block.length < BLOCK_BYTES) return false;
  const header = block.subarray(0, BLOCK_BYTES);
  if (header.every((byte) => byte === 0)) return true;
  const written = new TextDecoder('latin1').decode(header.subarray(SUM.from, SUM.to));
  const sum = header.reduce((total, byte, at) => total + (at >= SUM.from && at < SUM.to ? 0x20 : byte), 0);
  return /^[ 0-7]*\0? *$/.test(written) && Number.parseInt(written, 8) === sum;
}

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((byte, index) => bytes[index] === byte);
}

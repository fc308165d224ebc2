/** What the first bytes of a file say it is. `text` is everything else, binaries included: their strings are lines. */
export type FileFormat = 'gzip' | 'zstd' | 'zip' | 'tar' | 'utf-16le' | 'utf-16be' | 'text';

/** Enough for the formats below: a tar says so at byte 257. */
export const HEAD_BYTES = 512;

/** UTF-16 without a mark: nearly every other byte of English is zero, and hardly any of the rest. */
const MOSTLY = 0.7;
const HARDLY = 0.1;
const SMALLEST_UTF16 = 8;

export function formatOf(head: Uint8Array): FileFormat {
  const [a, b, c, d] = head;
  if (a === 0x1f && b === 0x8b && c === 0x08) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  // A local file header, or the end of an index without entries.
  if (a === 0x50 && b === 0x4b && ((c === 3 && d === 4) || (c === 5 && d === 6))) return 'zip';
  if (isTar(head)) return 'tar';
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  return unmarkedUtf16(head) ?? 'text';
}

/** `ustar` of POSIX and of GNU; before them there was only the checksum, which is 8 blanks while it is taken. */
function isTar(head: Uint8Array): boolean {
  if (head.length < HEAD_BYTES || head[0] === 0) return false;
  const stored = Number.parseInt(String.fromCharCode(...head.subarray(148, 156)).replaceAll('\0', ' '), 8);
  let sum = 8 * 0x20;
  for (let index = 0; index < HEAD_BYTES; index++) {
    if (index < 148 || index >= 156) sum += head[index] ?? 0;
  }
  return stored === sum;
}

function unmarkedUtf16(head: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const pairs = head.length >> 1;
  if (head.length < SMALLEST_UTF16) return undefined;
  let even = 0;
  let odd = 0;
  for (let index = 0; index < pairs * 2; index += 2) {
    if (head[index] === 0) even++;
    if (head[index + 1] === 0) odd++;
  }
  if (odd > pairs * MOSTLY && even < pairs * HARDLY) return 'utf-16le';
  return even > pairs * MOSTLY && odd < pairs * HARDLY ? 'utf-16be' : undefined;
}

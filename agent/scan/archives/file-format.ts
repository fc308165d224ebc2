import { utf16Of } from '#config-service';

/** What the first bytes of a file say it is. `text` is everything else, binaries included: their strings are lines. */
export type FileFormat = 'gzip' | 'zstd' | 'zip' | 'tar' | 'utf-16le' | 'utf-16be' | 'text';

/** Enough for the formats below: a tar says so at byte 257. */
export const HEAD_BYTES = 512;

export function formatOf(head: Uint8Array): FileFormat {
  const [a, b, c, d] = head;
  if (a === 0x1f && b === 0x8b && c === 0x08) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  // A local file header, or the end of an index without entries.
  if (a === 0x50 && b === 0x4b && ((c === 3 && d === 4) || (c === 5 && d === 6))) return 'zip';
  if (isTar(head)) return 'tar';
  return utf16Of(head) ?? 'text';
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

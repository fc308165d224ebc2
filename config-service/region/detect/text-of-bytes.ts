/** UTF-16 without a mark: nearly every other byte of English is zero, and hardly any of the rest. */
const MOSTLY = 0.7;
const HARDLY = 0.1;
const SMALLEST_UTF16 = 8;
const HEAD_BYTES = 512;

/**
 * What the detector searches in the bytes of a file, every one of which counts: UTF-16 and UTF-8 as such, anything else as
 * one character a byte, in which every name that is written in ASCII can be read.
 */
export function textOfBytes(bytes: Uint8Array): string {
  const encoding = utf16Of(bytes.subarray(0, HEAD_BYTES));
  if (encoding !== undefined) return new TextDecoder(encoding).decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return latin1(bytes);
  }
}

/** By the mark at the beginning, or by the zeros between the letters; undefined for what is no UTF-16. */
export function utf16Of(head: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const [a, b] = head;
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
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

/** `TextDecoder('latin1')` is windows-1252, which is as good: they differ in no character of a name. */
function latin1(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes);
}

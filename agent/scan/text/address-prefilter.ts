/**
 * Whether a public address may stand in `bytes[0, length)`: at a fraction of what the search for it costs, and most files hold none.
 * @param words the same memory. Octets have three digits at most, so that any four characters of an address are digits
 * with a dot among them, and one of its words is all its own.
 */
export function mayHoldAddress(bytes: Buffer, words: Uint32Array, length: number): boolean {
  for (let index = 0, end = Math.ceil(length / 4); index < end; index++) {
    const word = words[index] ?? 0;
    // Digits and the dot are 0x2e to 0x39.
    if ((word & 0xe0e0e0e0) !== 0x20202020 || !hasDot(word)) continue;
    const at = index * 4;
    if (V4.test(bytes.toString('latin1', Math.max(0, at - REACH), Math.min(length, at + REACH)))) return true;
  }
  const text = bytes.subarray(0, length);
  return V6_BEGINNINGS.some((beginning) => text.includes(beginning));
}

const V4 = /\d\.\d{1,3}\.\d{1,3}\.\d/;
/** An address has fifteen characters at most. */
const REACH = 16;

/** What networks of EC2 begin with; a table may know others, which nobody has in a file yet. */
const V6_BEGINNINGS = [
  '2600:',
  '2406:',
  '240f:',
  '240F:',
  '2a05:',
  '2A05:',
  '2400:',
  '2404:',
  '2804:',
  '2a01:',
  '2A01:',
].map((text) => Buffer.from(text));

/** Whether one of the four is 0x2e: the test for a zero byte, of the difference (Warren, Hacker's Delight, 6-1). */
function hasDot(word: number): boolean {
  const difference = word ^ 0x2e2e2e2e;
  return ((difference - 0x01010101) & ~difference & 0x80808080) !== 0;
}

/** A number in [0, 1) for each index, the same for the same seed, whatever was asked before. */
export function seeded(seed: number, index: number): number {
  // Two rounds of the finaliser of MurmurHash3: neighbours of a seed or an index have nothing in common.
  return finalised(finalised(seed ^ 0x9e3779b9) ^ index) / 2 ** 32;
}

/** Line `number` of a course without its line feed: 99 to 199 bytes that no other line has. */
export function lineOf(seed: number, number: number): string {
  const length = 99 + Math.floor(seeded(seed, number) * 101);
  const head = `${number} ${Math.floor(seeded(~seed, number) * 2 ** 32).toString(16)} `;
  return head.padEnd(length, 'the quick brown fox jumps over the lazy dog; ');
}

/** Which line this is; undefined when it is none, or not whole. */
export function numberOf(seed: number, text: string): number | undefined {
  const number = Number.parseInt(text, 10);
  return number >= 0 && lineOf(seed, number) === text ? number : undefined;
}

function finalised(value: number): number {
  let mixed = value >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

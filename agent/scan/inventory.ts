import { createHash } from 'node:crypto';

/** A digest of a set: the order in which a file system lists its files is no part of what is on it. */
export interface Inventory {
  add(relative: string, size: number): void;
  digest(): string;
}

/** Sums the hashes of the members modulo 2^256 (Bellare and Micciancio's AdHash). */
export function createInventory(): Inventory {
  const sum = new Uint32Array(8);
  return {
    add: (relative, size) => {
      const hash = createHash('sha256').update(`${relative}\0${size}`).digest();
      let carry = 0;
      for (let index = 7; index >= 0; index--) {
        const total = (sum[index] ?? 0) + hash.readUInt32BE(index * 4) + carry;
        sum[index] = total;
        carry = total > 0xffffffff ? 1 : 0;
      }
    },
    digest: () => Array.from(sum, (word) => word.toString(16).padStart(8, '0')).join(''),
  };
}

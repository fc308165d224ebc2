import { createHash } from 'node:crypto';

/** A digest of a set: the order in which a file system lists its files is no part of what is on it. */
export interface Inventory {
  add(relative: string, size: number): void;
  digest(): string;
  /** As it stands, for another inventory to take. */
  sum(): Uint32Array;
  merge(sum: Uint32Array): void;
}

/** Sums the hashes of the members modulo 2^256 (Bellare and Micciancio's AdHash). */
export function createInventory(): Inventory {
  const sum = new Uint32Array(8);
  const merge = (other: Uint32Array): void => {
    let carry = 0;
    for (let index = 7; index >= 0; index--) {
      const total = (sum[index] ?? 0) + (other[index] ?? 0) + carry;
      sum[index] = total;
      carry = total > 0xffffffff ? 1 : 0;
    }
  };
  const word = new Uint32Array(8);
  return {
    add: (relative, size) => {
      const hash = createHash('sha256').update(`${relative}\0${size}`).digest();
      for (let index = 0; index < 8; index++) word[index] = hash.readUInt32BE(index * 4);
      merge(word);
    },
    digest: () => Array.from(sum, (part) => part.toString(16).padStart(8, '0')).join(''),
    sum: () => sum.slice(),
    merge,
  };
}

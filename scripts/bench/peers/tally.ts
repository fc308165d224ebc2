import { numberOf } from './seeded-line.ts';

/** What a shipper owes at the end of a course. */
export interface Verdict {
  readonly written: number;
  /** Lines that never arrived. */
  readonly lost: number;
  /** Which ones, from and to. */
  readonly lostRanges: readonly (readonly [from: number, to: number])[];
  /** Arrivals of lines that had arrived before. */
  readonly twice: number;
  /** Lines that arrived for the first time behind a later one of the same file. */
  readonly late: number;
  /** The same behind one of a later file: what a rotation left was overtaken by what came after it. */
  readonly overtaken: number;
  /** What arrived and is no line that was written: torn, joined or changed. */
  readonly torn: number;
}

/** Counts what arrives, as it arrives. */
export class Tally {
  /** Distinct lines so far. */
  distinct = 0;
  readonly #seed: number;
  readonly #fileOf: (line: number) => number;
  readonly #seen: boolean[] = [];
  /** Of each file the last line that arrived. */
  readonly #highest = new Map<number, number>();
  #furthest = -1;
  #twice = 0;
  #late = 0;
  #overtaken = 0;
  #torn = 0;

  /** @param fileOf tells the files apart that the lines were written into. */
  constructor(seed: number, fileOf: (line: number) => number) {
    this.#seed = seed;
    this.#fileOf = fileOf;
  }

  take(text: string): void {
    const number = numberOf(this.#seed, text);
    if (number === undefined) this.#torn += 1;
    else if (this.#seen[number] === true) this.#twice += 1;
    else this.#first(number);
  }

  verdict(written: number): Verdict {
    const lostRanges: [number, number][] = [];
    for (let number = 0; number < written; number += 1) {
      if (this.#seen[number] === true) continue;
      const last = lostRanges.at(-1);
      if (last?.[1] === number - 1) last[1] = number;
      else lostRanges.push([number, number]);
    }
    const lost = lostRanges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
    const twice = this.#twice;
    return {
      written,
      lost,
      lostRanges,
      twice,
      late: this.#late,
      overtaken: this.#overtaken,
      torn: this.#torn,
    };
  }

  #first(number: number): void {
    this.#seen[number] = true;
    this.distinct += 1;
    const file = this.#fileOf(number);
    const highest = this.#highest.get(file) ?? -1;
    if (number < highest) this.#late += 1;
    else if (number < this.#furthest) this.#overtaken += 1;
    this.#highest.set(file, Math.max(highest, number));
    this.#furthest = Math.max(this.#furthest, number);
  }
}

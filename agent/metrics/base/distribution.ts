/** "Up to 150 unique values" of one MetricDatum (CloudWatch API reference). */
export const MAX_VALUES = 150;

/** Buckets per doubling before any coarsening: a value is told to within 4.4 %. */
const PER_OCTAVE = 16;

/** Keeps every bucket number of a double above zero: the smallest is 2^-1074. */
const OFFSET = 1080 * PER_OCTAVE;

interface Bucket {
  count: number;
  sum: number;
}

/**
 * The values of one series in one window. Up to 150 distinct ones are kept as they are; from the 151st on they are
 * gathered in logarithmic buckets, as coarse as it takes to stay within 150, each told by its mean: number and sum stay
 * what they were, and so do percentiles to within a bucket. What comes out does not depend on the order of what went
 * in, nor on how parts were merged.
 */
export class Distribution {
  /** By value while `#level` is undefined, then by number of bucket. */
  #buckets = new Map<number, Bucket>();
  /** How often neighbours were joined; undefined: exact. */
  #level: number | undefined;

  get isExact(): boolean {
    return this.#level === undefined;
  }

  /** @param count may be a fraction: a sample rate of 0.3 stands for 3.33 samples. */
  add(value: number, count = 1): void {
    this.#put(value, { count, sum: value * count });
    this.#fit();
  }

  merge(other: Distribution): void {
    if (other.#level !== undefined) while ((this.#level ?? -1) < other.#level) this.#coarsen();
    const level = other.#level ?? 0;
    for (const [key, bucket] of other.#buckets) {
      if (other.#level === undefined) this.#put(key, bucket);
      else this.#tally(coarser(key, (this.#level ?? 0) - level), bucket);
    }
    this.#fit();
  }

  /** At most 150, ascending. */
  entries(): readonly { readonly value: number; readonly count: number }[] {
    return [...this.#buckets]
      .map(([key, { count, sum }]) => ({ value: this.isExact ? key : sum / count, count }))
      .toSorted((a, b) => a.value - b.value);
  }

  total(): Readonly<Bucket> {
    const total = { count: 0, sum: 0 };
    for (const { count, sum } of this.#buckets.values()) {
      total.count += count;
      total.sum += sum;
    }
    return total;
  }

  #put(value: number, bucket: Bucket): void {
    this.#tally(this.#level === undefined ? value : coarser(numberOf(value), this.#level), bucket);
  }

  #tally(key: number, { count, sum }: Bucket): void {
    const bucket = this.#buckets.get(key);
    if (!bucket) this.#buckets.set(key, { count, sum });
    else {
      bucket.count += count;
      bucket.sum += sum;
    }
  }

  #fit(): void {
    while (this.#buckets.size > MAX_VALUES) this.#coarsen();
  }

  #coarsen(): void {
    const wasExact = this.#level === undefined;
    const before = this.#buckets;
    this.#buckets = new Map();
    this.#level = wasExact ? 0 : (this.#level ?? 0) + 1;
    for (const [key, bucket] of before) this.#tally(wasExact ? numberOf(key) : coarser(key, 1), bucket);
  }
}

/** The finest bucket of a value; its sign is the value's, and zero has one of its own. */
function numberOf(value: number): number {
  if (value === 0) return 0;
  return Math.sign(value) * (Math.floor(Math.log2(Math.abs(value)) * PER_OCTAVE) + OFFSET);
}

function coarser(key: number, steps: number): number {
  return key === 0 ? 0 : Math.sign(key) * Math.max(1, Math.floor(Math.abs(key) / 2 ** steps));
}

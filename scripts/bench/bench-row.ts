/** One limit of what Landfall may cost, measured. A new one is a new file and a line in `bench.ts`. */
export interface BenchRow {
  /** What `--only` names. */
  readonly name: string;
  /** Throws when it could not measure: that is no verdict. */
  measure(bench: Workbench): Promise<readonly Finding[]>;
}

export interface Workbench {
  /** Path of the executable under test. */
  readonly binary: string;
  /** Fewer and shorter runs: enough to see a change, not to publish a number. */
  readonly quick: boolean;
  /** Takes a line for whoever waits. */
  readonly say: (line: string) => void;
}

export type Finding = Figure | Skipped;

export interface Figure {
  /** Tells the figures of a row apart. */
  readonly what: string;
  readonly value: number;
  readonly unit: 'x' | 'ms' | 'MiB' | 'req/s' | 'MB/s' | 'files/s' | 'USD';
  readonly bar: Bar;
  /** What the value was made of. */
  readonly detail: string;
}

export type Bar = { readonly atLeast: number } | { readonly atMost: number };

/** A figure this machine cannot give; `skipped` says why and what to install. */
export interface Skipped {
  readonly what: string;
  readonly skipped: string;
}

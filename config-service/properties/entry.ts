import type { Problem } from '../kit/errors.ts';

/**
 * One flat key of one file. Scalars keep their source text (`1.10` stays `1.10`, `0x10` stays `0x10`).
 * A list is an entry of its own beside its items: key `hosts` with `items: 2` and an empty value, then
 * `hosts.0` and `hosts.1`.
 */
export interface Entry {
  readonly key: string;
  readonly value: string;
  /** Counted from 1; the line on which the key starts. */
  readonly line: number;
  /** Counted from 1. */
  readonly column: number;
  /** Present when this entry is a typed list: how many items `key.0`, `key.1`, ... it has. */
  readonly items?: number;
  /** The name of its own that the entry has in a store; `line` is its version then. Left out: it stands in the file. */
  readonly file?: string;
}

/** A file is parsed whole or rejected whole, with every problem found. Each `Problem` carries file, line and column. */
export type ParsedFile =
  | { readonly kind: 'parsed'; readonly entries: readonly Entry[]; readonly warnings: readonly Problem[] }
  | { readonly kind: 'rejected'; readonly problems: readonly Problem[] };

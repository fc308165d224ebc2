import type { Outcome } from '#kit/outcome.ts';

/** The little that publishing needs of one bucket. Writes are conditional, always: nothing here can be overwritten unseen. */
export interface PublishStore {
  /** `s3://bucket`, for messages. */
  readonly address: string;
  /** By how much S3's clock is ahead of this machine's, in ms, when it was opened; left out when by nothing that counts. */
  readonly skewMs?: number;
  /** Undefined when there is no such object. */
  get(key: string): Promise<Outcome<StoredObject | undefined>>;
  /** `refused` when the condition does not hold, and nothing was written. */
  put(key: string, bytes: Uint8Array, condition: PutCondition): Promise<Outcome<'written' | 'refused'>>;
  /** Every key that starts with `prefix`, sorted. */
  list(prefix: string): Promise<Outcome<readonly string[]>>;
  /** The same, with what S3 says of each. */
  entries(prefix: string): Promise<Outcome<readonly StoredEntry[]>>;
  /** Also when it is not there. In a bucket with versions a marker hides it. */
  remove(key: string): Promise<Outcome<void>>;
}

export interface StoredEntry {
  readonly key: string;
  /** In bytes. */
  readonly size: number;
  /** Epoch ms, by S3's clock. */
  readonly modifiedAt: number;
}

export interface StoredObject {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/** The object must not be there yet, or must be the one with this ETag. */
export type PutCondition = { readonly absent: true } | { readonly etag: string };

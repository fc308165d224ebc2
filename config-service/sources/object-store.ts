import type { Outcome } from '../kit/outcome.ts';

/**
 * The little that a source needs of S3, in its own words. Keys are relative to the bucket. An implementation is bound to
 * one bucket of one region and account, and proves it on every call (law 2): no redirects, `x-amz-bucket-region` must be
 * the region, the expected owner is sent. It sets its own time limit per call and makes no retries of its own.
 */
export interface ObjectStore {
  /** `s3://bucket`, for messages and provenance. */
  readonly address: string;
  get(key: string, options: GetOptions): Promise<Outcome<GetResult>>;
  /**
   * Every key that starts with `prefix`, sorted, all pages. An absent prefix is an empty list. With `atMost` one request
   * is made for that many keys (1 to 1000), and `complete` says whether that was all.
   */
  list(prefix: string, options: ListOptions): Promise<Outcome<Listing>>;
}

export interface ListOptions {
  readonly signal: AbortSignal;
  readonly atMost?: number;
}

export interface Listing {
  readonly objects: readonly ListedObject[];
  readonly complete: boolean;
}

export interface GetOptions {
  readonly ifNoneMatch?: string;
  /** More bytes than this is `LF_OBJECT_TOO_LARGE`, noticed before they are read. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export type GetResult =
  | { readonly kind: 'found'; readonly bytes: Uint8Array; readonly etag: string }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'absent' };

export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  /** Epoch ms by the clock of S3; undefined where nobody says. */
  readonly lastModified?: number;
}

/** `path` goes out byte for byte: a URL would fold `..` segments, which are ordinary letters in an S3 key. */
export interface HttpRequest {
  /** When left out PUT with a body, else GET. */
  readonly method?: 'POST';
  /** A POST that does no harm when it is carried out twice: it only reads, or sets what it would set again. */
  readonly repeatable?: boolean;
  readonly origin: URL;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Largest body of a 2xx answer. Of any other answer the first 64 KiB are kept: enough for an error document. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly kind: 'answer';
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Why there is no answer, decided here so that nobody else reads an errno. */
export type FailureReason =
  | 'aborted'
  | 'dns'
  | 'malformed'
  /** The name resolves to addresses of the internet alone, and was to be one of a VPC. */
  | 'public'
  | 'refused'
  | 'reset'
  | 'timeout'
  | 'tls'
  | 'too-large'
  | 'truncated'
  | 'unreachable';

export interface HttpFailure {
  readonly kind: 'failure';
  readonly reason: FailureReason;
  /** One clause for people, with the errno where there is one. */
  readonly detail: string;
  /** The connection was a kept one that the other side had closed meanwhile. */
  readonly stale: boolean;
}

/** All in milliseconds. */
export interface TimeLimits {
  /** Until the request has left this host: name, connection, TLS. */
  readonly connectMs: number;
  /** Until the head of the answer is here. */
  readonly firstByteMs: number;
  /** Until its last byte: what stops a body that trickles. */
  readonly totalMs: number;
}

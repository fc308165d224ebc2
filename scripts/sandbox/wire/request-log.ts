import type { ServiceName } from './faults.ts';

export interface LoggedRequest {
  /** Milliseconds since the epoch, when the request had been read. */
  readonly at: number;
  readonly service: ServiceName;
  readonly operation: string;
  readonly method: string;
  /** Decoded, without the query; for S3 always `/bucket/key`. */
  readonly path: string;
  readonly query: string;
  readonly host: string | undefined;
  /** The region of the credential scope; for IMDS the instance's. */
  readonly region: string | undefined;
  /** IMDS only. */
  readonly instanceId?: string;
  /** 0 when no answer was sent: reset, hang, lost. */
  readonly status: number;
  readonly expectedOwner: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

interface Waiter {
  readonly wanted: (request: LoggedRequest) => boolean;
  readonly found: (request: LoggedRequest) => void;
}

/** What was asked, oldest first, bounded: the oldest entries go, and are counted. */
export class RequestLog {
  readonly #capacity: number;
  #entries: LoggedRequest[] = [];
  #waiters: Waiter[] = [];
  #dropped = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get entries(): readonly LoggedRequest[] {
    return this.#entries;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** The next request to come that is `wanted`: lets a test wait for the third poll without a clock. */
  next(wanted: (request: LoggedRequest) => boolean = () => true): Promise<LoggedRequest> {
    return new Promise((found) => {
      this.#waiters.push({ wanted, found });
    });
  }

  clear(): void {
    this.#entries = [];
    this.#dropped = 0;
  }

  record(request: LoggedRequest): void {
    this.#entries.push(request);
    // Trimmed by a tenth at a time: `shift` per request would make a full log quadratic.
    const slack = Math.max(1, Math.floor(this.#capacity / 10));
    if (this.#entries.length >= this.#capacity + slack) {
      this.#dropped += this.#entries.length - this.#capacity;
      this.#entries = this.#entries.slice(-this.#capacity);
    }
    if (this.#waiters.length === 0) return;
    const served = this.#waiters.filter((waiter) => waiter.wanted(request));
    this.#waiters = this.#waiters.filter((waiter) => !served.includes(waiter));
    for (const waiter of served) waiter.found(request);
  }
}

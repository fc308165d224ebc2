export type ServiceName =
  | 's3'
  | 'ec2'
  | 'monitoring'
  | 'logs'
  | 'ssm'
  | 'secretsmanager'
  | 'appconfig'
  | 'dynamodb'
  | 'autoscaling'
  | 'cloudformation'
  | 'imds';

/**
 * What goes wrong. Executed first, then spoilt: `truncate` (full content-length, half the body), `trickle` (a byte each
 * 100 ms), `lose` (the answer is cut off: the client cannot know whether it took effect). Never executed: `reset` (TCP RST),
 * `hang`, `throttle` (in the service's own dialect) and a status of your choice.
 */
export type Effect = 'truncate' | 'trickle' | 'lose' | 'reset' | 'hang' | 'throttle' | FaultStatus;

export interface FaultStatus {
  readonly status: number;
  /** The AWS error code; the service writes the envelope. Default `InternalError`. */
  readonly code?: string;
  /** Sent as it is, in place of the envelope (an HTML page of a proxy, say). */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Which requests; what is left out matches all. Data only, so that it can come over HTTP as well. */
export interface Fault {
  readonly service?: ServiceName;
  /** The AWS name, as `GetObject`, `PutLogEvents`; for IMDS `Token` and `Metadata`. */
  readonly operation?: string;
  readonly method?: string;
  /** The decoded path, `/bucket/key` for S3 in either style. `*` stands for any run of characters, slashes included. */
  readonly path?: string;
  /** The region the request is signed for; for IMDS the instance's. */
  readonly region?: string;
  /** Ends by itself after so many requests. Default: lasts until removed. */
  readonly times?: number;
  /** Waits so many milliseconds first. With no `effect` the request is then served as usual. */
  readonly delayMs?: number;
  readonly effect?: Effect;
}

export interface FaultTarget {
  readonly service: ServiceName;
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly region: string | undefined;
}

interface Planted {
  readonly id: number;
  readonly fault: Fault;
  readonly pattern: RegExp | undefined;
  left: number;
}

/** Faults on demand. The first planted one that matches a request is used; the order of planting is the precedence. */
export class Faults {
  #planted: Planted[] = [];
  #lastId = 0;

  /** Returns the id to remove it by. */
  add(fault: Fault): number {
    this.#lastId += 1;
    const pattern = fault.path === undefined ? undefined : globPattern(fault.path);
    this.#planted.push({ id: this.#lastId, fault, pattern, left: fault.times ?? Number.POSITIVE_INFINITY });
    return this.#lastId;
  }

  /** False when there is no such fault, or it has ended. */
  remove(id: number): boolean {
    const before = this.#planted.length;
    this.#planted = this.#planted.filter((planted) => planted.id !== id);
    return this.#planted.length < before;
  }

  clear(): void {
    this.#planted = [];
  }

  list(): readonly (Fault & { readonly id: number })[] {
    return this.#planted.map(({ id, fault, left }) =>
      Number.isFinite(left) ? { ...fault, id, times: left } : { ...fault, id },
    );
  }

  /** The fault for this request, if any; counts it as used. */
  take(target: FaultTarget): Fault | undefined {
    if (this.#planted.length === 0) return undefined;
    const planted = this.#planted.find((candidate) => matches(candidate, target));
    if (!planted) return undefined;
    planted.left -= 1;
    if (planted.left <= 0) this.remove(planted.id);
    return planted.fault;
  }
}

function matches({ fault, pattern }: Planted, target: FaultTarget): boolean {
  return (
    (fault.service === undefined || fault.service === target.service) &&
    (fault.operation === undefined || fault.operation === target.operation) &&
    (fault.method === undefined || fault.method === target.method) &&
    (fault.region === undefined || fault.region === target.region) &&
    (pattern === undefined || pattern.test(target.path))
  );
}

function globPattern(glob: string): RegExp {
  const literal = glob.split('*').map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${literal.join('.*')}$`, 's');
}

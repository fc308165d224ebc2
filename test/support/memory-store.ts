import { createHash } from 'node:crypto';
import type { ObjectStore } from '../../config-service/sources/object-store.ts';
import { fail, ok, type Fail, type Retry } from '#kit/outcome.ts';

type Failure = Retry | Fail;

/** A bucket in memory that counts what is asked of it and fails on demand. ETags change with the content, as in S3. */
export class MemoryStore implements ObjectStore {
  readonly address = 's3://config';
  /** Every request in order: `GET key 200`, `GET key 304`, `GET key 404`, `LIST prefix`; failed ones end with their code. */
  readonly requests: string[] = [];
  /** Requests under way at one time, at most so far. */
  widest = 0;
  readonly #objects = new Map<string, Buffer>();
  readonly #failures = new Map<string, Failure>();
  #underWay = 0;

  put(key: string, content: string | Uint8Array): this {
    this.#objects.set(key, Buffer.from(content));
    return this;
  }

  delete(key: string): this {
    this.#objects.delete(key);
    return this;
  }

  /** Lets `GET key` or `LIST prefix` fail until `heal`. */
  failOn(request: string, failure: Failure): this {
    this.#failures.set(request, failure);
    return this;
  }

  heal(): void {
    this.#failures.clear();
  }

  /** The requests since the last call. */
  takeRequests(): string[] {
    return this.requests.splice(0);
  }

  get: ObjectStore['get'] = async (key, { ifNoneMatch, maxBytes }) => {
    const bytes = this.#objects.get(key);
    const etag = bytes && `"${createHash('md5').update(bytes).digest('hex')}"`;
    const failure = await this.#answer(`GET ${key}`, (request) => {
      if (!bytes) return `${request} 404`;
      return `${request} ${ifNoneMatch === etag ? 304 : 200}`;
    });
    if (failure) return failure;
    if (!bytes || etag === undefined) return ok({ kind: 'absent' });
    if (ifNoneMatch === etag) return ok({ kind: 'unchanged' });
    if (bytes.length > maxBytes) return failing('LF_OBJECT_TOO_LARGE', `${this.address}/${key}`);
    return ok({ kind: 'found', bytes, etag });
  };

  list: ObjectStore['list'] = async (prefix, { atMost = Infinity }) => {
    const failure = await this.#answer(`LIST ${prefix}`, (request) => request);
    if (failure) return failure;
    const keys = [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).toSorted();
    const listed = keys.slice(0, atMost);
    const objects = listed.map((key) => ({
      key,
      size: this.#objects.get(key)?.length ?? 0,
      etag: '"listed"',
    }));
    return ok({ objects, complete: listed.length === keys.length });
  };

  async #answer(request: string, describe: (request: string) => string): Promise<Failure | undefined> {
    this.#underWay += 1;
    this.widest = Math.max(this.widest, this.#underWay);
    await new Promise((resolve) => setImmediate(resolve));
    this.#underWay -= 1;
    const failure = this.#failures.get(request);
    this.requests.push(failure ? `${request} ${failure.fault.code}` : describe(request));
    return failure;
  }
}

export function failing(code: Failure['fault']['code'], subject = 's3://config'): Fail {
  return fail({ code, operation: 'read', subject, cause: 'the test says so', hint: 'None.' });
}

export function retrying(code: Failure['fault']['code'], afterMs?: number): Retry {
  const { fault } = failing(code);
  return afterMs === undefined ? { kind: 'retry', fault } : { kind: 'retry', fault, afterMs };
}

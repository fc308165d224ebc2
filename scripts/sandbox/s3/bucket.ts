import { createHash } from 'node:crypto';
import type { ChecksumHeaders } from './checksum.ts';

export interface StoredObject {
  readonly key: string;
  readonly body: Buffer;
  /** Quoted, the MD5 of the body in hex, as S3 makes it for an object put in one part. */
  readonly etag: string;
  /** Milliseconds since the epoch. S3 shows whole seconds. */
  readonly lastModified: number;
  /** Content-Type and its kin, and `x-amz-meta-*`: returned as they were put. */
  readonly headers: Readonly<Record<string, string>>;
  readonly checksums: ChecksumHeaders;
}

/** A bucket of one region and one account. Names are unique over all regions, as in AWS. */
export class Bucket {
  readonly name: string;
  readonly region: string;
  readonly owner: string;
  /** Key prefixes that answer 403 AccessDenied, whatever is asked; `''` denies the whole bucket. */
  readonly denied = new Set<string>();
  readonly #objects = new Map<string, StoredObject>();
  #sorted: readonly StoredObject[] | undefined;

  constructor(name: string, region: string, owner: string) {
    this.name = name;
    this.region = region;
    this.owner = owner;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  put(
    key: string,
    body: Buffer,
    lastModified: number,
    headers: Readonly<Record<string, string>> = {},
    checksums: ChecksumHeaders = {},
  ): StoredObject {
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    const object = { key, body, etag, lastModified, headers, checksums };
    this.#objects.set(key, object);
    this.#sorted = undefined;
    return object;
  }

  delete(key: string): void {
    if (this.#objects.delete(key)) this.#sorted = undefined;
  }

  /** In the order S3 lists: by UTF-8 bytes, which for astral characters is not the order of JavaScript strings. */
  sorted(): readonly StoredObject[] {
    this.#sorted ??= [...this.#objects.values()].toSorted((a, b) =>
      Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)),
    );
    return this.#sorted;
  }

  denies(keyOrPrefix: string): boolean {
    for (const prefix of this.denied) if (keyOrPrefix.startsWith(prefix)) return true;
    return false;
  }
}

import { createHash } from 'node:crypto';

export interface Attempt {
  readonly source: string;
  readonly sourceRegion: string;
  readonly destination: string;
  /** Copies of this source that failed or are gone: EC2 answers a token with the image it made for it, dead or not. */
  readonly dead: readonly string[];
}

/** The same in every process for the same attempt; 64 ASCII characters at most (EC2 API reference, "Ensuring idempotency"). */
export function clientToken({ source, sourceRegion, destination, dead }: Attempt): string {
  const text = JSON.stringify([sourceRegion, source, destination, [...new Set(dead)].toSorted()]);
  return `landfall-sync-${createHash('sha256').update(text).digest('hex').slice(0, 40)}`;
}

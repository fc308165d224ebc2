import type { Facts, Release, Track } from '#config-service';
import type { Fault } from '#kit/errors.ts';
import type { Outcome } from '#kit/outcome.ts';

/** Writes a small object below the source, which is S3. */
export type WriteBelow = (name: string, bytes: Uint8Array, signal: AbortSignal) => Promise<Outcome<void>>;

/** What became of a release on this instance, at the moment that was decided. */
export interface ReleaseVerdict {
  readonly release: Release;
  readonly track: Track;
  /** Why it was not activated; undefined when it was. */
  readonly fault: Fault | undefined;
  readonly facts: Facts;
  /** Undefined where nothing can be written. */
  readonly write: WriteBelow | undefined;
}

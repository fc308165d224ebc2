import { objectKey, pastOf, type Pointer, type Release } from '#config-service';
import type { StoredEntry } from './publish-store.ts';

export interface PruneRule {
  /** So many releases of the way back stay, however old. */
  readonly keep: number;
  /** What was written within so many ms stays, whatever it is: somebody may be about to point to it. */
  readonly olderThanMs: number;
}

/** What lies below the prefix, keys relative to it. */
export interface SiteContent {
  readonly history: readonly StoredEntry[];
  readonly objects: readonly StoredEntry[];
  readonly health: readonly StoredEntry[];
}

const RECORD = /^history\/([A-Za-z0-9][A-Za-z0-9._-]{0,127})\.json$/;
const REPORT = /^health\/([A-Za-z0-9][A-Za-z0-9._-]{0,127})\/[^/]+\.json$/;
const OBJECT = /^objects\/.+\/[0-9a-f]{64}$/;

/** The releases with a record that stay, beside those that the pointer has. */
export function keptReleases(
  pointer: Pointer,
  history: readonly StoredEntry[],
  { keep, olderThanMs }: PruneRule,
  now: number,
): ReadonlySet<string> {
  const records = history.flatMap(({ key, modifiedAt }) => {
    const id = RECORD.exec(key)?.[1];
    return id === undefined ? [] : [{ id, modifiedAt }];
  });
  const past = pastOf(pointer, now);
  const told = new Set(past.map(({ release }) => release));
  // The way back of `rollback`: by the trail, and by name where the trail knows nothing.
  const back = past.filter(({ fate }) => fate === 'replaced').map(({ release }) => release);
  const { stable, candidate } = pointer;
  for (const id of [stable.id, candidate?.release.id]) if (id !== undefined) told.add(id);
  const untold = records.filter(({ id }) => !told.has(id)).map(({ id }) => id);
  const recorded = new Set(records.map(({ id }) => id));
  const wanted = [
    ...back.filter((id) => recorded.has(id)).slice(0, keep),
    ...untold.toSorted((a, b) => (a < b ? 1 : -1)).slice(0, keep),
    ...records.filter(({ modifiedAt }) => modifiedAt > now - olderThanMs).map(({ id }) => id),
  ];
  return new Set(wanted.filter((id) => recorded.has(id)));
}

export interface Doomed {
  readonly records: readonly StoredEntry[];
  readonly reports: readonly StoredEntry[];
  readonly objects: readonly StoredEntry[];
}

/** What nothing needs once only these releases are there. What is not one of our own names is never touched. */
export function doomedOf(
  { history, objects, health }: SiteContent,
  kept: readonly Release[],
  { olderThanMs }: PruneRule,
  now: number,
): Doomed {
  const ids = new Set(kept.map(({ id }) => id));
  const needed = new Set(
    kept.flatMap(({ layers }) =>
      [...layers].flatMap(([layer, files]) => files.map(({ sha256 }) => objectKey(layer, sha256))),
    ),
  );
  const isOld = ({ modifiedAt }: StoredEntry): boolean => modifiedAt <= now - olderThanMs;
  const isOf = (pattern: RegExp, key: string): boolean => {
    const id = pattern.exec(key)?.[1];
    return id !== undefined && !ids.has(id);
  };
  return {
    records: history.filter((entry) => isOld(entry) && isOf(RECORD, entry.key)),
    reports: health.filter((entry) => isOld(entry) && isOf(REPORT, entry.key)),
    objects: objects.filter((entry) => isOld(entry) && OBJECT.test(entry.key) && !needed.has(entry.key)),
  };
}

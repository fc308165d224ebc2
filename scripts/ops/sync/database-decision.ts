import { backKey, forwardKey, readMark } from './back-tags.ts';
import type { DatabaseSnapshot } from './rds-snapshots.ts';

/** A manual snapshot in the destination that carries our tag: what it is a copy of, and from when. */
export interface TaggedSnapshot extends DatabaseSnapshot {
  /** Epoch ms: when the source was made. */
  readonly at: number;
  readonly sourceId: string;
}

export type DatabaseVerdict =
  | { readonly kind: 'there'; readonly copy: DatabaseSnapshot }
  /** Under the right id, without our tag: the gem was stopped between copy and tag. */
  | { readonly kind: 'adopt'; readonly copy: DatabaseSnapshot }
  /** `remains`: a failed copy holds the id. */
  | { readonly kind: 'due'; readonly remains?: DatabaseSnapshot }
  /** What is there is newer than what could be copied. */
  | { readonly kind: 'newer'; readonly copy: DatabaseSnapshot };

/** RDS takes no colon in the id of a manual snapshot: `rds:db-2026-11-01-06-10` becomes `rds-db-2026-11-01-06-10`. */
export function copyIdOf(sourceId: string): string {
  return sourceId.replaceAll(':', '-');
}

/** Those still being made have no time yet. */
export function newestAvailable(snapshots: readonly DatabaseSnapshot[]): DatabaseSnapshot | undefined {
  const ready = snapshots.filter(({ status, createdAt }) => status === 'available' && createdAt > 0);
  return ready.toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))[0];
}

export function taggedSnapshots(
  manual: readonly DatabaseSnapshot[],
  sourceRegion: string,
): readonly TaggedSnapshot[] {
  return manual.flatMap((snapshot) => {
    const mark = readMark(snapshot.tags.get(backKey(sourceRegion)));
    return mark === undefined ? [] : [{ ...snapshot, at: mark.at, sourceId: mark.id }];
  });
}

export function isDead({ status }: DatabaseSnapshot): boolean {
  return status === 'failed' || status.startsWith('incompatible');
}

/** Due when the newest of the source is newer than every tagged one that is not dead. */
export function judgeDatabase(
  newest: DatabaseSnapshot,
  manual: readonly DatabaseSnapshot[],
  sourceRegion: string,
): DatabaseVerdict {
  const id = copyIdOf(newest.id);
  const holder = manual.find((snapshot) => snapshot.id === id);
  const tagged = taggedSnapshots(manual, sourceRegion).filter((snapshot) => !isDead(snapshot));
  const latest = tagged.toSorted((a, b) => b.at - a.at)[0];
  if (latest && latest.at >= newest.createdAt)
    return latest.sourceId === newest.id ? { kind: 'there', copy: latest } : { kind: 'newer', copy: latest };
  if (!holder) return { kind: 'due' };
  const isOurs = holder.tags.has(backKey(sourceRegion));
  if (isOurs && isDead(holder)) return { kind: 'due', remains: holder };
  return { kind: 'adopt', copy: holder };
}

/** Whether the source says where its copy is. */
export function namesCopy(source: DatabaseSnapshot, region: string, copyId: string): boolean {
  return readMark(source.tags.get(forwardKey(region)))?.id === copyId;
}

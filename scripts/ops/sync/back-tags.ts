/** The tags by which source and copy know each other, as the gem writes them on sources and we on both. */

export interface SyncMark {
  /** Epoch ms, whole seconds. */
  readonly at: number;
  /** Identifier on the other side. */
  readonly id: string;
}

/** On the source: where its copy in `region` is. */
export const forwardKey = (region: string): string => `Sync-${region}`;

/** On the copy: what it is a copy of. */
export const backKey = (region: string): string => `Sync-From-${region}`;

/** On a copy: the job that made it. */
export const JOB_KEY = 'Sync-Job';

/** On a copied snapshot: the volume that its source is of; the copy itself has a made-up one. */
export const VOLUME_KEY = 'Sync-Volume';

/** On a snapshot whose image is about to be deregistered: the id of that image. */
export const RETIRED_KEY = 'Sync-Retired';

/** On a snapshot that a job made in its source region: when it was asked for. */
export const MADE_KEY = 'Sync-Made';

/** `20131201000000+0000`: `%Y%m%d%H%M%S%z` in UTC. */
export function stampOf(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19).replaceAll(/\D/g, '')}+0000`;
}

export function markText({ at, id }: SyncMark): string {
  return `${stampOf(at)} / ${id}`;
}

/** A mark has no more. */
export function wholeSeconds(epochMs: number): number {
  return epochMs - (epochMs % 1000);
}

const MARK = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})([+-])(\d{2})(\d{2}) \/ (\S+)$/;

/** Undefined for what is none: empty, or written by somebody else. */
export function readMark(text: string | undefined): SyncMark | undefined {
  const [, year, month, day, hour, minute, second, sign, zoneHours, zoneMinutes, id] =
    MARK.exec(text ?? '') ?? [];
  if (id === undefined) return undefined;
  const local = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000;
  return { at: sign === '-' ? local + zone : local - zone, id };
}

/** Ours: `Sync-Identifier`, by which sources are found, is not. */
export function isOwnKey(key: string): boolean {
  return (
    [JOB_KEY, VOLUME_KEY, RETIRED_KEY, MADE_KEY].includes(key) ||
    /^Sync-(?:From-)?[a-z]{2,}-[a-z-]+-\d+$/.test(key)
  );
}

/** What AWS reserves cannot be written, in any case of letters. */
function isReserved(key: string): boolean {
  return key.toLowerCase().startsWith('aws:');
}

export type Tags = ReadonlyMap<string, string>;

/** What of a source's tags its copies carry. */
export function copiedTags(tags: Tags): Tags {
  return new Map([...tags].filter(([key]) => !isReserved(key) && !isOwnKey(key)));
}

export function tagsOf(
  list: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined,
): Tags {
  return new Map((list ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

export function tagList(tags: Tags): { Key: string; Value: string }[] {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

/** For EC2's lists: things with this tag, of any value or of one with `*` and `?`. */
export function tagFilter(key: string, value?: string): { Name: string; Values: string[] } {
  return value === undefined ? { Name: 'tag-key', Values: [key] } : { Name: `tag:${key}`, Values: [value] };
}

/** A pattern that this text matches, and few others do: whoever asks with it looks at the values again. */
export function patternOf(text: string): string {
  return text.replaceAll(/[*?\\]/g, '?');
}

/** Those that are not there at all; what has another value was set by somebody and stays. */
export function missingTags(wanted: Tags, there: Tags): Tags {
  return new Map([...wanted].filter(([key]) => !there.has(key)));
}

import { ok, type Outcome } from '#kit/outcome.ts';
import { absentObject, type ConfigRun } from './task.ts';

interface PlacedObject {
  readonly place: string;
  readonly url: string;
  /** Under which `Progress.see` was told the version. */
  readonly key: string;
  readonly maxBytes: number;
}

export interface FetchedObject {
  readonly bytes: Uint8Array;
  /** For `Progress.see` once it is in place. */
  readonly version: string;
}

/** An object that is put into place once and then only when it changes in S3; undefined: it did not. */
export async function fetched(
  run: ConfigRun,
  { place, url, key, maxBytes }: PlacedObject,
): Promise<Outcome<FetchedObject | undefined>> {
  const etag = etagOf(run.progress.seen(key), url);
  const got = await run.fetch(url, {
    maxBytes,
    signal: run.signal,
    ...(etag !== undefined && { ifNoneMatch: etag }),
  });
  if (got.kind !== 'ok') return got;
  if (got.value.kind === 'unchanged') return ok(undefined);
  if (got.value.kind === 'found') {
    return ok({ bytes: got.value.bytes, version: `${got.value.etag} ${url}` });
  }
  return absentObject(place, url, run.isFirst);
}

/** Another URL is another object, whatever its ETag. */
function etagOf(version: string | undefined, url: string): string | undefined {
  return version?.endsWith(` ${url}`) === true ? version.slice(0, -url.length - 1) : undefined;
}

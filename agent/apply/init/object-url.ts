import { regionFacts } from '#config-service';

export type ObjectUrl =
  /** `s3://bucket/key` or `file:///path`, for `FetchObject`. */
  | { readonly kind: 'object'; readonly url: string }
  | { readonly kind: 'unsupported'; readonly cause: string };

/**
 * Where an archive or a file may come from: this region's S3, however it is written. Everything else needs a network
 * that Landfall does not watch over (law 2).
 */
export function readObjectUrl(text: string, region: string): ObjectUrl {
  if (!URL.canParse(text)) return unsupported('it is no URL');
  const url = new URL(text);
  if (url.search !== '' || url.hash !== '' || url.username !== '') {
    return unsupported('its URL has more than a host and a path');
  }
  // A URL's path is percent-encoded; a key is not. `s3://` is no scheme that encodes: taken as written.
  if (url.protocol === 's3:') return objectOf(/^s3:\/\/([^/]+)\/(.+)$/.exec(text));
  if (url.protocol === 'file:') return { kind: 'object', url: text };
  if (url.protocol !== 'https:') return unsupported('it is neither s3:// nor https://');
  const suffix = regionFacts(region)?.dnsSuffix ?? '';
  const path = decoded(url.pathname.slice(1));
  if (path === undefined) return unsupported('its path is not well encoded');
  for (const name of S3_NAMES) {
    const virtual = `.${name}.${region}.${suffix}`;
    if (url.host.endsWith(virtual)) return objectOf(['', url.host.slice(0, -virtual.length), path]);
    if (url.host === virtual.slice(1)) return objectOf(/^([^/]+)\/(.+)$/.exec(path));
  }
  return unsupported(`its host is not S3 of ${region}`);
}

/** What stands before the region in a host of S3: ordinary, FIPS, dual-stack. The object is the same; how it is asked for is the agent's. */
const S3_NAMES = ['s3', 's3-fips', 's3.dualstack', 's3-fips.dualstack'];

function objectOf(parts: readonly (string | undefined)[] | null): ObjectUrl {
  const [, bucket, key] = parts ?? [];
  if (!bucket || !key) return unsupported('it names no bucket or no key');
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) return unsupported('its bucket has no valid name');
  return { kind: 'object', url: `s3://${bucket}/${key}` };
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function unsupported(cause: string): ObjectUrl {
  return { kind: 'unsupported', cause };
}

/** What to do about it. */
export function outOfReach(cause: string, region: string): string {
  return `${cause}; put the object into a bucket of ${region} and name it s3://bucket/key`;
}

/**
 * What says on an image that it was scanned clean: the digest of the scan (`scanDigest`), and which disk was scanned. `bake` and
 * `scan-image` write it, a sync with `scan: required` reads it.
 */
export const SCAN_TAG = 'scan-digest';

/**
 * The root snapshot that was scanned. Tags get copied from image to image, by hand and by tools; a snapshot belongs to one, so a
 * digest that came along from another image says nothing. Images that somebody tagged by hand have none, and are believed.
 */
export const SCANNED_TAG = 'scan-snapshot';

/** `sha256:` and 64 hex digits. */
const DIGEST = /^sha256:[0-9a-f]{64}$/;

export function scanTags(digest: string, snapshot: string): ReadonlyMap<string, string> {
  return new Map([
    [SCAN_TAG, digest],
    [SCANNED_TAG, snapshot],
  ]);
}

/** Why these tags do not certify the image whose root snapshot this is; undefined when they do. */
export function uncertified(tags: ReadonlyMap<string, string>, rootSnapshot: string): string | undefined {
  const digest = tags.get(SCAN_TAG);
  if (digest === undefined) return `it has no tag ${SCAN_TAG}`;
  if (!DIGEST.test(digest)) return `its tag ${SCAN_TAG} is no digest of a clean scan`;
  const scanned = tags.get(SCANNED_TAG);
  if (scanned === undefined || scanned === rootSnapshot) return undefined;
  return `its tag ${SCAN_TAG} is of another image's disk (${scanned})`;
}

/** The command that makes it, for hints. */
export function scanCommand(region: string, image: string): string {
  return `landfall-ops scan-image ${image} --region ${region} --builder i-..`;
}

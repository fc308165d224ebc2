import type { Release } from '#config-service';
import { LandfallError } from '#kit/errors.ts';
import { valueOf } from '../options.ts';
import { listReleases, readRelease, type ReleaseSite } from './release-site.ts';

/** The newest release that is older than `current`. @throws LandfallError `LF_RELEASE_UNKNOWN` when there is none. */
export async function releaseBefore(site: ReleaseSite, current: Release): Promise<Release> {
  const [id] = valueOf(await listReleases(site)).filter((name) => name < current.id);
  if (id !== undefined) return valueOf(await readRelease(site, id));
  throw new LandfallError({
    code: 'LF_RELEASE_UNKNOWN',
    operation: 'find',
    subject: `the release before ${current.id}`,
    cause: `${site.region} has none`,
    hint: `List them with \`landfall-ops releases --region ${site.region}\`.`,
  });
}

import { pastOf, type Pointer, type Release } from '#config-service';
import { LandfallError } from '#kit/errors.ts';
import { valueOf } from '../console/options.ts';
import { listReleases, readRelease, type ReleaseSite } from './release-site.ts';

/**
 * What the region ran before `current`, by the trail of its pointer: never what was halted, ended or rolled back from. Where
 * the trail does not reach, by name. @throws LandfallError `LF_RELEASE_UNKNOWN` when there is none.
 */
export async function releaseBefore(
  site: ReleaseSite,
  pointer: Pointer,
  current: Release,
  now: number,
): Promise<Release> {
  const past = pastOf(pointer, now);
  const older = past.slice(past.findIndex(({ release }) => release === current.id) + 1);
  const known = older.find(({ fate }) => fate === 'replaced')?.release;
  const told = new Set(past.map(({ release }) => release));
  // What has a record and no place in the trail ran before a pointer that was put back or lost: then its name must do.
  const id = valueOf(await listReleases(site)).find(
    (name) => name < current.id && !told.has(name) && (known === undefined || name > known),
  );
  if (id !== undefined || known !== undefined) return valueOf(await readRelease(site, id ?? known ?? ''));
  throw new LandfallError({
    code: 'LF_RELEASE_UNKNOWN',
    operation: 'find',
    subject: `the release before ${current.id}`,
    cause: `${site.region} has none`,
    hint: `List them with \`landfall-ops releases --region ${site.region}\`.`,
  });
}

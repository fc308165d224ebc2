import { backKey, JOB_KEY, patternOf, readMark, RETIRED_KEY } from './back-tags.ts';
import type { FoundImage, Images } from './ec2-images.ts';
import type { Snapshots } from './ec2-snapshots.ts';
import type { ImageUsers } from './image-users.ts';
import type { ImageJob } from './job.ts';
import type { RegionProgress } from './region-progress.ts';
import { surplusOf } from './retention.ts';
import type { Survey } from './survey.ts';

export interface Retirement {
  readonly job: ImageJob;
  /** Never goes, whatever its age. */
  readonly current: FoundImage;
  /** Beside the current one. */
  readonly retained: number;
  readonly to: Images;
  readonly snapshots: Snapshots;
  readonly survey: Survey;
  readonly users: ImageUsers;
  readonly isPlan: boolean;
  readonly progress: RegionProgress;
}

/**
 * Removes the oldest copies of this job beyond the number to keep, but for those that somebody uses. Their snapshots are
 * marked first: a run that is killed after an image is gone leaves them where the next one finds them, from any machine.
 */
export async function retireImages(retirement: Retirement): Promise<void> {
  const { job, current, retained, to, snapshots, users, isPlan, progress } = retirement;
  // What is to go is looked at anew; for a plan what is known of all jobs will do.
  const copied = isPlan
    ? ((await retirement.survey.images(job.source)).byJob.get(job.name) ?? [])
    : await to.withTag(JOB_KEY, patternOf(job.name));
  const mine = copied.filter(
    ({ id, tags, state }) =>
      id !== current.id &&
      (state === 'available' || state === 'disabled') &&
      tags.get(JOB_KEY) === job.name &&
      tags.has(backKey(job.source)),
  );
  const copies = mine.map((image) => ({ ...image, at: timeOf(image, job.source) }));
  const surplus = surplusOf(copies, retained);
  const used = surplus.length === 0 ? new Map<string, string>() : await users(surplus.map(({ id }) => id));
  for (const image of surplus) {
    const user = used.get(image.id) ?? protectionOf(image);
    if (user !== undefined) {
      progress.kept(image.id, user);
      continue;
    }
    progress.removed(image.id);
    if (isPlan) continue;
    if (image.snapshots.length > 0)
      await snapshots.addTags(image.snapshots, new Map([[RETIRED_KEY, image.id]]));
    await to.deregister(image.id);
    for (const snapshot of image.snapshots) await snapshots.remove(snapshot);
  }
  await removeLeftovers(retirement, new Set(surplus.map(({ id }) => id)));
}

/** Snapshots of images that an earlier run deregistered. */
async function removeLeftovers(
  { job, to, snapshots, survey, isPlan, progress }: Retirement,
  justRetired: ReadonlySet<string>,
): Promise<void> {
  for (const { id, tags } of (await survey.snapshots(job.source)).retired) {
    const image = tags.get(RETIRED_KEY) ?? '';
    if (tags.get(JOB_KEY) !== job.name || justRetired.has(image) || (await to.byId(image))) continue;
    if (isPlan || (await snapshots.remove(id))) progress.removed(id);
  }
}

/** Switched off with a cooldown it holds for another day. */
function protectionOf({ attributes: { protection } }: FoundImage): string | undefined {
  return protection === '' || protection === 'disabled' ? undefined : 'deregistration protection';
}

function timeOf({ tags, createdAt }: FoundImage, sourceRegion: string): number {
  return readMark(tags.get(backKey(sourceRegion)))?.at ?? createdAt;
}

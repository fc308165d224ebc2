import type { LaunchPermission } from '@aws-sdk/client-ec2';
import { LandfallError } from '#kit/errors.ts';
import { SCANNED_TAG, uncertified } from '../across/scan-tag.ts';
import { CallRefused, codeOf } from './calls.ts';
import {
  backKey,
  copiedTags,
  forwardKey,
  JOB_KEY,
  markText,
  missingTags,
  readMark,
  wholeSeconds,
  type SyncMark,
  type Tags,
} from './back-tags.ts';
import { clientToken } from './client-token.ts';
import type { FoundImage, Images } from './ec2-images.ts';
import type { FoundSnapshot, Snapshots } from './ec2-snapshots.ts';
import { actOnFresh, seek, type Freshness } from './fresh-id.ts';
import { handOver, planHandover } from './handover.ts';
import {
  attributeDifferences,
  isCopyOf,
  judgeImages,
  MAX_TAGS,
  tooManyTags,
  type ImageVerdict,
} from './image-decision.ts';
import { retireImages } from './image-retention.ts';
import type { ImageUsers } from './image-users.ts';
import type { ImageJob } from './job.ts';
import { percentOf } from './percent.ts';
import { withinQuota } from './quota.ts';
import { pauseFor, type RegionRun } from './region-run.ts';
import { failedCopy } from './sync-fault.ts';
import type { Survey } from './survey.ts';

/** One job in one destination. */
export interface ImageRegion extends RegionRun {
  readonly job: ImageJob;
  readonly source: FoundImage;
  /** Launch permissions of the source; asked for once, for all destinations. */
  readonly permissions: () => Promise<readonly LaunchPermission[]>;
  readonly from: Images;
  readonly to: Images;
  readonly snapshots: Snapshots;
  readonly survey: Survey;
  readonly users: ImageUsers;
}

/** Copies what is missing and puts right what was left undone. @throws LandfallError; what was done until then is in `progress`. */
export async function syncImage(work: ImageRegion): Promise<void> {
  const { job, source, to, progress } = work;
  const verdict = await judge(work);
  let copy: FoundImage;
  if (verdict.kind === 'there') {
    copy = verdict.copy;
    progress.found(copy.id, copy.state === 'pending');
  } else {
    progress.due();
    if (tooManyTags(wantedTags(work, 0))) throw tagsExceeded(source.id);
    if (work.isPlan) return planHandover(job, to.caller.region, progress);
    copy = await copyAnew(work, verdict.dead);
  }
  const mark = markOf(work, copy);
  await repairSourceTag(work, { at: mark.at, id: copy.id });
  copy = await awaited(work, copy, mark.at);
  await repairTags(work, copy, mark);
  if (copy.state !== 'available') return;
  if (job.copiesPermissions) await repairPermissions(work, copy);
  await repairLifecycle(work, copy);
  for (const difference of attributeDifferences(source.attributes, copy.attributes))
    progress.warn(`${copy.id}: ${difference}`);
  await handOver({
    ...work,
    region: to.caller.region,
    id: copy.id,
    sourceId: source.id,
    isNew: progress.wasCreated(copy.id) || work.journal.found !== undefined,
  });
  await work.journal.done();
  if (job.retained !== undefined)
    await retireImages({
      job,
      current: copy,
      retained: job.retained,
      to,
      snapshots: work.snapshots,
      survey: work.survey,
      users: work.users,
      isPlan: work.isPlan,
      progress,
    });
}

async function judge(work: ImageRegion): Promise<ImageVerdict> {
  const { source, to } = work;
  const mark = readMark(source.tags.get(forwardKey(to.caller.region)));
  const { byId, bySource } = await work.survey.images(work.job.source);
  const listed = mark && byId.get(mark.id);
  const marked = listed ?? (mark && (await seek(freshness(work, to, mark.at), () => to.byId(mark.id))));
  return judgeImages({ mark, marked, backed: bySource.get(source.id) ?? [] });
}

/** As they are now. */
async function backedImages({ job, source, to }: ImageRegion): Promise<readonly FoundImage[]> {
  const tagged = await to.withTag(backKey(job.source), `* / ${source.id}`);
  return tagged.filter((image) => isCopyOf(image, job.source, source.id));
}

function freshness({ clock }: ImageRegion, images: Images, bornAt: number | undefined): Freshness {
  return { clock, caller: images.caller, bornAt };
}

/** Of the copy and its snapshots: all of the source's but reserved and our own, and by what they are known again. */
function wantedTags({ job, source }: ImageRegion, at: number): Tags {
  const back = markText({ at, id: source.id });
  // Of which disk a scan was is not the same here; where the copy is ready it says its own.
  const copied = [...copiedTags(source.tags)].filter(([key]) => key !== SCANNED_TAG);
  return new Map([...copied, [backKey(job.source), back], [JOB_KEY, job.name]]);
}

/** The same time in both tags: that of the copy's own, else of the source's, which is all that copies of the gem have. */
function markOf(work: ImageRegion, copy: FoundImage): SyncMark {
  const { job, source, to, clock } = work;
  const forward = readMark(source.tags.get(forwardKey(to.caller.region)));
  const at =
    readMark(copy.tags.get(backKey(job.source)))?.at ?? (forward?.id === copy.id ? forward.at : undefined);
  return { at: at ?? wholeSeconds(clock.now()), id: source.id };
}

/** How often a token may lead to an image that is gone, before somebody has to look. */
const ATTEMPTS = 3;

async function copyAnew(work: ImageRegion, known: readonly string[]): Promise<FoundImage> {
  const { job, source, to, clock, journal, progress } = work;
  const dead = [...known];
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const destination = to.caller.region;
    const token = clientToken({ source: source.id, sourceRegion: job.source, destination, dead });
    // The very same request as the one that a kill left without an answer, or EC2 would call it another.
    const at = await journal.begin(token, wholeSeconds(clock.now()));
    const kmsKey = job.kmsKeys.get(destination);
    const tags = wantedTags(work, at);
    const request = {
      source,
      sourceRegion: job.source,
      tags,
      token,
      ...(kmsKey === undefined ? {} : { kmsKey }),
    };
    const id = await orEarlier(work, () =>
      withinQuota({ caller: to.caller, waits: work.waits, progress }, () => to.copy(request)),
    );
    if (id === undefined) {
      dead.push('earlier');
      continue;
    }
    work.survey.forget();
    progress.created(id);
    // First of all: the source says where its copy is, whatever happens from here on.
    await actOnFresh(freshness(work, work.from, undefined), () =>
      work.from.addTags([source.id], new Map([[forwardKey(destination), markText({ at, id })]])),
    );
    const copy = await seek(freshness(work, to, clock.now()), () => to.byId(id));
    if (copy) return copy.tags.has(backKey(job.source)) ? copy : { ...copy, tags };
    progress.lost(id);
    dead.push(id);
  }
  throw new LandfallError({
    code: 'LF_SYNC_COPY',
    operation: 'copy',
    subject: `${source.id} to ${to.caller.region}`,
    cause: 'EC2 names copies that it then does not know',
    hint: 'Look at the images of that region, and run it again.',
  });
}

/** The id of the copy, of an earlier request with this token where that asked for other tags; undefined when that is gone. */
async function orEarlier(work: ImageRegion, copy: () => Promise<string>): Promise<string | undefined> {
  try {
    return await copy();
  } catch (error) {
    if (codeOf(error) === 'InvalidRequest' && work.job.owner !== 'self')
      throw unsharedStorage(error, work.job.owner);
    if (codeOf(error) !== 'IdempotentParameterMismatch') throw error;
    const found = await seek(freshness(work, work.to, work.clock.now()), async () => {
      const verdict = judgeImages({ mark: undefined, marked: undefined, backed: await backedImages(work) });
      return verdict.kind === 'there' ? verdict.copy : undefined;
    });
    return found?.id;
  }
}

/** EC2 tells it of snapshots only, and of those that it has named for the image. That it cannot be read harms nothing. */
async function slowest(
  { snapshots }: ImageRegion,
  { snapshots: ids }: FoundImage,
): Promise<number | undefined> {
  if (ids.length === 0) return undefined;
  const found = await snapshots.byIds(ids).catch(() => []);
  const percents = found.map(({ state, progress }) =>
    state === 'completed' ? 100 : (percentOf(progress) ?? 0),
  );
  return percents.length === 0 ? undefined : Math.min(...percents);
}

/** The copy as it is, or with --wait as it ends. @throws LandfallError `LF_SYNC_COPY` when it failed. */
async function awaited(work: ImageRegion, copy: FoundImage, bornAt: number): Promise<FoundImage> {
  const { to, waits, isPlan, progress, source } = work;
  let now = copy;
  for (;;) {
    if (now.state !== 'pending' || !waits || isPlan) break;
    progress.waiting(now.id, await slowest(work, now));
    await pauseFor(now.id, to.caller);
    const next = await seek(freshness(work, to, bornAt), () => to.byId(now.id));
    if (!next) throw failedCopy(source.id, to.caller.region, now.id, 'it is gone');
    now = next;
  }
  progress.pending(now.state === 'pending');
  if (now.state === 'failed' || now.state === 'error' || now.state === 'invalid')
    throw failedCopy(source.id, to.caller.region, now.id, now.reason);
  return now;
}

async function repairSourceTag(work: ImageRegion, mark: SyncMark): Promise<void> {
  const { source, from, to, isPlan, progress } = work;
  const key = forwardKey(to.caller.region);
  if (readMark(source.tags.get(key))?.id === mark.id || progress.wasCreated(mark.id)) return;
  progress.repaired(`${key} on ${source.id}`);
  if (!isPlan) await from.addTags([source.id], new Map([[key, markText(mark)]]));
}

/** What the copy and its snapshots lack; what has another value was set by somebody, and stays. */
async function repairTags(work: ImageRegion, copy: FoundImage, { at }: SyncMark): Promise<void> {
  const { job, to, snapshots, isPlan, progress } = work;
  // A copy of the gem is not one this job made, and retention does not take it.
  const isOurs = copy.tags.has(JOB_KEY) || copy.tags.has(backKey(job.source));
  const wanted = new Map([
    ...[...wantedTags(work, at)].filter(([key]) => isOurs || key !== JOB_KEY),
    ...scannedTag(work.source, copy),
  ]);
  const born = freshness(work, to, at);
  const lacking = missingTags(wanted, copy.tags);
  if (lacking.size > 0) {
    if (!progress.wasCreated(copy.id))
      progress.repaired(`${lacking.size === 1 ? 'a tag' : `${lacking.size} tags`} on ${copy.id}`);
    if (!isPlan) await actOnFresh(born, () => to.addTags([copy.id], lacking));
  }
  if (copy.snapshots.length === 0) return;
  for (const snapshot of await snapshotsOf(work, copy.snapshots, born)) {
    const missing = missingTags(wanted, snapshot.tags);
    if (missing.size === 0) continue;
    if (!progress.wasCreated(copy.id))
      progress.repaired(`${missing.size === 1 ? 'a tag' : `${missing.size} tags`} on ${snapshot.id}`);
    if (!isPlan) await actOnFresh(born, () => snapshots.addTags([snapshot.id], missing));
  }
}

/** The copy has the bytes that were scanned: a sync from there with `scan: required` believes it. */
function scannedTag(source: FoundImage, copy: FoundImage): readonly (readonly [string, string])[] {
  const isScanned =
    source.tags.has(SCANNED_TAG) && uncertified(source.tags, source.rootSnapshot) === undefined;
  return isScanned && copy.state === 'available' && copy.rootSnapshot !== ''
    ? [[SCANNED_TAG, copy.rootSnapshot]]
    : [];
}

/** Those that have our tag are listed already. */
async function snapshotsOf(
  { job, survey, snapshots }: ImageRegion,
  ids: readonly string[],
  born: Freshness,
): Promise<readonly FoundSnapshot[]> {
  const { byId } = await survey.snapshots(job.source);
  const listed = ids.flatMap((id) => byId.get(id) ?? []);
  if (listed.length === ids.length) return listed;
  return actOnFresh(born, () => snapshots.byIds(ids));
}

/** Whoever may launch the source may launch the copy; who may launch the copy besides is not touched. */
async function repairPermissions(work: ImageRegion, copy: FoundImage): Promise<void> {
  const { to, isPlan, progress } = work;
  const wanted = await sourcePermissions(work);
  if (wanted.length === 0 || (await isShared(work, copy, wanted))) return;
  const there = new Set((await to.permissions(copy.id)).map(permissionKey));
  const lacking = wanted.filter((permission) => !there.has(permissionKey(permission)));
  if (lacking.length === 0) return;
  if (!progress.wasCreated(copy.id)) progress.repaired(`launch permissions of ${copy.id}`);
  if (!isPlan) await to.share(copy.id, lacking);
}

/** More would cost more to list than to ask of each copy. */
const MOST_LISTED = 4;

/** Whether what is listed for all jobs says so already; where it does not, the copy itself is asked. */
async function isShared(
  { survey, progress }: ImageRegion,
  { id }: FoundImage,
  wanted: readonly LaunchPermission[],
): Promise<boolean> {
  const users = wanted.flatMap(({ UserId, Group }) => UserId ?? Group ?? []);
  if (users.length < wanted.length || users.length > MOST_LISTED || progress.wasCreated(id)) return false;
  for (const user of users) if (!(await survey.sharedWith(user)).has(id)) return false;
  return true;
}

/** When it is deprecated, and whether it can be deregistered, are not copied by EC2. What the copy has itself stays. */
async function repairLifecycle(work: ImageRegion, copy: FoundImage): Promise<void> {
  const { source, to, clock, isPlan, progress } = work;
  const { deprecatedAt, protection } = source.attributes;
  const note = (what: string): void => {
    if (!progress.wasCreated(copy.id)) progress.repaired(`${what} of ${copy.id}`);
  };
  // EC2 takes no time that is past.
  if (Date.parse(deprecatedAt) > clock.now() && copy.attributes.deprecatedAt === '') {
    note('deprecation');
    if (!isPlan) await to.deprecate(copy.id, deprecatedAt);
  }
  if (protection.startsWith('enabled') && !copy.attributes.protection.startsWith('enabled')) {
    note('deregistration protection');
    if (!isPlan) await to.protect(copy.id, protection.includes('cooldown'));
  }
}

/** Only its owner may read with whom an image is shared. */
async function sourcePermissions({
  job,
  source,
  permissions,
  progress,
}: ImageRegion): Promise<readonly LaunchPermission[]> {
  try {
    return await permissions();
  } catch (error) {
    if (job.owner === 'self' || codeOf(error) !== 'AuthFailure') throw error;
    progress.warn(
      `the launch permissions of ${source.id} are its owner's (${job.owner}) to see: none are copied`,
    );
    return [];
  }
}

function permissionKey({ UserId, Group, OrganizationArn, OrganizationalUnitArn }: LaunchPermission): string {
  return JSON.stringify([UserId ?? '', Group ?? '', OrganizationArn ?? '', OrganizationalUnitArn ?? '']);
}

function tagsExceeded(id: string): LandfallError {
  return new LandfallError({
    code: 'LF_SYNC_COPY',
    operation: 'copy',
    subject: id,
    cause: `with its own tags and the two that tell what it is a copy of there would be more than ${MAX_TAGS}`,
    hint: 'Remove tags of the source.',
  });
}

/** Of an image of somebody else EC2 says no more than that its storage is out of reach. */
function unsharedStorage(error: unknown, owner: string): unknown {
  if (!(error instanceof CallRefused)) return error;
  const hint = `Where it is about storage: ${owner} has to share the snapshots of the image too, and their key.`;
  return new CallRefused(error.refused, error.region, { ...error.fault, hint });
}

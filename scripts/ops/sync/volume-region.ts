import { passes } from '../across/answer.ts';
import {
  backKey,
  copiedTags,
  forwardKey,
  JOB_KEY,
  markText,
  missingTags,
  readMark,
  VOLUME_KEY,
  wholeSeconds,
  type Tags,
} from './back-tags.ts';
import { CallRefused, isQuota } from './calls.ts';
import type { FoundSnapshot, Snapshots } from './ec2-snapshots.ts';
import { actOnFresh, seek, type Freshness } from './fresh-id.ts';
import type { VolumeJob } from './job.ts';
import { handOver, planHandover } from './handover.ts';
import { percentOf } from './percent.ts';
import { withinQuota } from './quota.ts';
import { surplusOf } from './retention.ts';
import { pauseFor, type RegionRun } from './region-run.ts';
import { failedCopy } from './sync-fault.ts';
import type { Survey } from './survey.ts';

/** One job in one destination. */
export interface VolumeRegion extends RegionRun {
  readonly job: VolumeJob;
  /** The newest completed snapshot of each volume. */
  readonly newest: readonly FoundSnapshot[];
  /** A newer one is due or being made, and to be copied by the next run. */
  readonly isMaking: boolean;
  readonly from: Snapshots;
  readonly to: Snapshots;
  readonly survey: Survey;
}

/** Copies the newest snapshot of each volume when it is newer than what is there. @throws LandfallError; see `progress`. */
export async function syncVolumes(work: VolumeRegion): Promise<void> {
  const { job, to, isMaking, progress } = work;
  if (isMaking) progress.due();
  const copies: { readonly source: FoundSnapshot; readonly copy: FoundSnapshot }[] = [];
  for (const source of work.newest) {
    const copy = await copyNewest(work, source);
    if (copy) copies.push({ source, copy });
  }
  let isPending = isMaking;
  for (const { source, copy } of copies) {
    const now = await awaited(work, source, copy);
    isPending ||= now.state === 'pending';
    if (now.state !== 'completed') continue;
    if (job.volume !== undefined)
      await handOver({
        ...work,
        region: to.caller.region,
        id: now.id,
        sourceId: source.id,
        isNew: progress.wasCreated(now.id),
      });
    await retire(work, source.volume, now);
  }
  work.progress.pending(isPending);
}

/** The copy, started or found; undefined in a plan where there is none yet. */
async function copyNewest(work: VolumeRegion, source: FoundSnapshot): Promise<FoundSnapshot | undefined> {
  const { job, from, to, isPlan, journal, progress } = work;
  const at = wholeSeconds(source.startedAt);
  const asked = journal.found?.token === source.id ? journal.found.askedAt : undefined;
  const there = latestOf(await surveyed(work, source.volume), source) ?? (await sought(work, source, asked));
  let copy: FoundSnapshot | undefined = there;
  if (there) progress.found(there.id, there.state === 'pending');
  else {
    progress.due();
    if (isPlan) {
      planHandover(job, to.caller.region, progress);
      return undefined;
    }
    if (source.isEncrypted && !job.kmsKeys.has(to.caller.region))
      progress.say(`${source.id} is encrypted: the default key of EBS is used`);
    copy = await copyAnew(work, source, wantedTags(work, source));
    progress.created(copy.id);
  }
  if (!copy) return undefined;
  const mark = readMark(copy.tags.get(backKey(job.source)));
  if (mark && mark.id !== source.id) return copy;
  await repairTags(work, source, copy);
  const key = forwardKey(to.caller.region);
  if (readMark(source.tags.get(key))?.id !== copy.id) {
    if (there) progress.repaired(`${key} on ${source.id}`);
    if (!isPlan) await from.addTags([source.id], new Map([[key, markText({ at, id: copy.id })]]));
  }
  if (!isPlan) await journal.done();
  return copy;
}

function wantedTags({ job }: VolumeRegion, source: FoundSnapshot): Tags {
  const back = markText({ at: wholeSeconds(source.startedAt), id: source.id });
  return new Map([
    ...copiedTags(source.tags),
    [backKey(job.source), back],
    [JOB_KEY, job.name],
    [VOLUME_KEY, source.volume],
  ]);
}

interface Copied extends FoundSnapshot {
  readonly at: number;
}

/** All copies of snapshots of this volume that are not dead, as all jobs see them. */
async function surveyed({ job, survey }: VolumeRegion, volume: string): Promise<readonly Copied[]> {
  const { byVolume } = await survey.snapshots(job.source);
  return copiesAmong(byVolume.get(volume) ?? [], job, volume);
}

/** As they are now. */
async function copiesOf({ job, to }: VolumeRegion, volume: string): Promise<readonly Copied[]> {
  return copiesAmong(await to.withTag(VOLUME_KEY, volume), job, volume);
}

function copiesAmong(
  snapshots: readonly FoundSnapshot[],
  { source }: VolumeJob,
  volume: string,
): readonly Copied[] {
  return snapshots
    .filter(({ state, tags }) => state !== 'error' && tags.get(VOLUME_KEY) === volume)
    .flatMap((snapshot) => {
      const back = snapshot.tags.get(backKey(source));
      return back === undefined ? [] : [{ ...snapshot, at: readMark(back)?.at ?? 0 }];
    });
}

/** One that was asked for a moment ago may not be listed yet. */
async function sought(
  work: VolumeRegion,
  source: FoundSnapshot,
  askedAt: number | undefined,
): Promise<Copied | undefined> {
  if (askedAt === undefined) return undefined;
  const born: Freshness = { clock: work.clock, caller: work.to.caller, bornAt: askedAt };
  return seek(born, async () => latestOf(await copiesOf(work, source.volume), source));
}

/** Undefined when a copy is due. */
function latestOf(copies: readonly Copied[], source: FoundSnapshot): Copied | undefined {
  const latest = copies.toSorted((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1))[0];
  return latest && latest.at >= wholeSeconds(source.startedAt) ? latest : undefined;
}

const ATTEMPTS = 3;

/** CopySnapshot knows no client token: when its answer is lost, only looking tells whether it took effect. */
async function copyAnew(work: VolumeRegion, source: FoundSnapshot, tags: Tags): Promise<FoundSnapshot> {
  const { job, to, clock, waits, journal, progress } = work;
  const kmsKey = job.kmsKeys.get(to.caller.region);
  const request = { source, sourceRegion: job.source, tags, ...(kmsKey === undefined ? {} : { kmsKey }) };
  for (let attempt = 1; ; attempt += 1) {
    let askedAt = clock.now();
    const act = async (): Promise<string> => {
      askedAt = clock.now();
      await journal.begin(source.id, wholeSeconds(source.startedAt), askedAt);
      return to.copy(request);
    };
    try {
      const id = await withinQuota({ caller: to.caller, waits, progress }, act);
      work.survey.forget();
      return { ...source, id, state: 'pending', tags };
    } catch (error) {
      if (!(error instanceof CallRefused) || !passes(error.refused) || isQuota(error)) throw error;
      const found = await sought(work, source, askedAt);
      if (found) return found;
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

async function repairTags(work: VolumeRegion, source: FoundSnapshot, copy: FoundSnapshot): Promise<void> {
  const lacking = missingTags(wantedTags(work, source), copy.tags);
  if (lacking.size === 0) return;
  work.progress.repaired(`${lacking.size} tags on ${copy.id}`);
  if (!work.isPlan) await work.to.addTags([copy.id], lacking);
}

async function awaited(
  work: VolumeRegion,
  source: FoundSnapshot,
  copy: FoundSnapshot,
): Promise<FoundSnapshot> {
  const { to, clock, waits, isPlan, progress } = work;
  if (copy.state !== 'pending' || isPlan) return copy;
  const born = { clock, caller: to.caller, bornAt: progress.wasCreated(copy.id) ? clock.now() : undefined };
  for (;;) {
    const [now] = await actOnFresh(born, () => to.byIds([copy.id]));
    if (!now || now.state === 'error')
      throw failedCopy(source.id, to.caller.region, copy.id, now?.reason ?? 'it is gone');
    if (now.state !== 'pending' || !waits) return now;
    progress.waiting(copy.id, percentOf(now.progress));
    await pauseFor(copy.id, to.caller);
  }
}

async function retire(work: VolumeRegion, volume: string, current: FoundSnapshot): Promise<void> {
  const { job, to, isPlan, progress } = work;
  if (job.retained === undefined) return;
  const known = isPlan ? await surveyed(work, volume) : await copiesOf(work, volume);
  const copies = known.filter(
    ({ id, state, tags }) => id !== current.id && state === 'completed' && tags.get(JOB_KEY) === job.name,
  );
  for (const { id } of surplusOf(copies, job.retained)) {
    if (isPlan || (await to.remove(id))) progress.removed(id);
    else progress.kept(id, 'an image');
  }
}

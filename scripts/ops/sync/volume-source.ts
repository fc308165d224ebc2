import type { Clock } from '#kit/clock.ts';
import { passes } from '../across/answer.ts';
import { copiedTags, JOB_KEY, MADE_KEY, stampOf, type Tags } from './back-tags.ts';
import { CallRefused, isQuota } from './calls.ts';
import type { CopyJournal } from './copy-journal.ts';
import type { FoundSnapshot, FoundVolume, Snapshots } from './ec2-snapshots.ts';
import { actOnFresh, seek } from './fresh-id.ts';
import type { VolumeJob } from './job.ts';
import * as say from './messages.ts';
import { pauseFor } from './region-run.ts';
import { surplusOf } from './retention.ts';
import { failedCopy, saidFault } from './sync-fault.ts';
import { percentOf } from './percent.ts';
import type { WaitBoard } from './wait-board.ts';

/** The side that is copied from, where snapshots may be made before. */
export interface VolumeSource {
  readonly job: VolumeJob;
  readonly from: Snapshots;
  readonly clock: Clock;
  readonly isPlan: boolean;
  readonly waits: boolean;
  /** Journal of the source region. */
  readonly journal: CopyJournal;
  readonly tell: (text: string) => void;
  readonly board: WaitBoard;
}

export interface NewestSnapshots {
  /** The newest completed one of each volume that has any. */
  readonly newest: readonly FoundSnapshot[];
  /** One is due, or being made, that is to be copied as soon as it is whole. */
  readonly isMaking: boolean;
}

/** @throws LandfallError when there is nothing that could be copied, now or later. */
export async function newestOfVolumes(source: VolumeSource): Promise<NewestSnapshots> {
  const { job } = source;
  const volumes = await volumesOf(source);
  if (volumes.length === 0) throw saidFault('LF_SYNC_SOURCE', say.noVolumes(job.name));
  const newest: FoundSnapshot[] = [];
  let isMaking = false;
  for (const volume of volumes.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const made = job.everyMs === undefined ? undefined : await madeOf(source, volume, job.everyMs);
    const latest = made?.state === 'completed' ? made : latestOf(await completedOf(source, volume.id));
    const isUnderWay = made !== undefined && made.state !== 'completed';
    isMaking ||= isUnderWay;
    if (latest) newest.push(latest);
    else if (!isUnderWay) throw saidFault('LF_SYNC_SOURCE', say.noSnapshotOf(volume.id, job.source));
  }
  return { newest, isMaking };
}

/** A volume that is named needs no longer exist: its snapshots do. One of which a snapshot is made does. */
async function volumesOf({ job, from }: VolumeSource): Promise<readonly FoundVolume[]> {
  const { volume, filters, everyMs } = job;
  if (volume === undefined) return await from.volumes(filters);
  if (everyMs === undefined) return [{ id: volume, tags: new Map() }];
  return await from.volumes([{ field: 'volume-id', value: volume }]);
}

async function completedOf({ from }: VolumeSource, volume: string): Promise<readonly FoundSnapshot[]> {
  return (await from.ofVolume(volume)).filter(({ state }) => state === 'completed');
}

function latestOf(snapshots: readonly FoundSnapshot[]): FoundSnapshot | undefined {
  return snapshots.toSorted((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1))[0];
}

/** One that is young enough, whoever made it, else a new one; in a plan one that nobody has made yet. */
async function madeOf(source: VolumeSource, volume: FoundVolume, everyMs: number): Promise<FoundSnapshot> {
  const { clock, isPlan, journal, tell } = source;
  const askedAt = journal.found?.token === volume.id ? journal.found.askedAt : undefined;
  const young = (await youngOf(source, volume.id, everyMs)) ?? (await soughtOf(source, volume.id, askedAt));
  if (young) {
    if (!isPlan && askedAt !== undefined) await journal.done();
    return await whole(source, young, undefined);
  }
  const tags = tagsFor(source, volume);
  if (isPlan) {
    tell(`a snapshot of ${volume.id} is due`);
    return { ...NOT_YET, volume: volume.id, startedAt: clock.now(), tags };
  }
  const id = await make(source, volume.id, tags);
  tell(`${id} of ${volume.id} is being made`);
  return await whole(
    source,
    { ...NOT_YET, id, volume: volume.id, startedAt: clock.now(), tags },
    clock.now(),
  );
}

const NOT_YET = { id: '', description: '', state: 'pending', reason: '', isEncrypted: false };

async function youngOf(
  { from, clock }: VolumeSource,
  volume: string,
  everyMs: number,
): Promise<FoundSnapshot | undefined> {
  const alive = (await from.ofVolume(volume)).filter(({ state }) => state !== 'error');
  const latest = latestOf(alive);
  return latest && clock.now() - latest.startedAt < everyMs ? latest : undefined;
}

/** One that was asked for a moment ago may not be listed yet. */
async function soughtOf(
  { from, clock }: VolumeSource,
  volume: string,
  askedAt: number | undefined,
): Promise<FoundSnapshot | undefined> {
  if (askedAt === undefined) return undefined;
  const stamp = stampOf(askedAt);
  return await seek({ clock, caller: from.caller, bornAt: askedAt }, async () =>
    (await from.ofVolume(volume)).find(({ tags }) => tags.get(MADE_KEY) === stamp),
  );
}

const ATTEMPTS = 3;

/** CreateSnapshot knows no client token: when its answer is lost, only looking tells whether it took effect. */
async function make(source: VolumeSource, volume: string, tags: Tags): Promise<string> {
  const { job, from, clock, journal } = source;
  for (let attempt = 1; ; attempt += 1) {
    const askedAt = clock.now();
    await journal.begin(volume, askedAt, askedAt);
    try {
      const marked = new Map([...tags, [MADE_KEY, stampOf(askedAt)]]);
      const id = await from.create(volume, `landfall-ops sync, ${job.name}`, marked);
      await journal.done();
      return id;
    } catch (error) {
      if (!(error instanceof CallRefused) || !passes(error.refused) || isQuota(error)) throw error;
      const found = await soughtOf(source, volume, askedAt);
      if (found) return found.id;
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

/** With --wait until it can be copied. @param bornAt epoch ms, of one that was made just now. */
async function whole(
  { job, from, clock, isPlan, waits, board }: VolumeSource,
  snapshot: FoundSnapshot,
  bornAt: number | undefined,
): Promise<FoundSnapshot> {
  const name = `${job.name}: ${job.source}`;
  try {
    for (let now = snapshot; ;) {
      if (now.state === 'error') throw failedCopy(now.volume, job.source, now.id, now.reason);
      if (now.state !== 'pending' || !waits || isPlan) return now;
      board.waiting(name, now.id, percentOf(now.progress));
      await pauseFor(now.id, from.caller);
      const [seen] = await actOnFresh({ clock, caller: from.caller, bornAt }, () => from.byIds([now.id]));
      if (!seen) throw failedCopy(now.volume, job.source, now.id, 'it is gone');
      now = seen;
    }
  } finally {
    board.settled(name);
  }
}

function tagsFor({ job }: VolumeSource, { tags }: FoundVolume): Tags {
  return new Map([...copiedTags(tags), [JOB_KEY, job.name]]);
}

/** Of the snapshots that this job made, the oldest go; the newest stays, for the next copy goes on from it. Ids. */
export async function retireMade(
  source: VolumeSource,
  newest: readonly FoundSnapshot[],
): Promise<readonly string[]> {
  const { job, from, isPlan } = source;
  const { sourceRetained } = job;
  if (sourceRetained === undefined) return [];
  const removed: string[] = [];
  for (const { volume, id: current } of newest) {
    const made = (await completedOf(source, volume))
      .filter(({ id, tags }) => id !== current && tags.has(MADE_KEY) && tags.get(JOB_KEY) === job.name)
      .map((snapshot) => ({ ...snapshot, at: snapshot.startedAt }));
    for (const { id } of surplusOf(made, sourceRetained))
      if (isPlan || (await from.remove(id))) removed.push(id);
  }
  return removed;
}

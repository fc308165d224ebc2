import { LandfallError } from '#kit/errors.ts';
import { backKey, copiedTags, forwardKey, markText, type Tags } from './back-tags.ts';
import { copyIdOf, isDead, judgeDatabase, namesCopy, taggedSnapshots } from './database-decision.ts';
import type { DatabaseJob } from './job.ts';
import { handOver, planHandover } from './handover.ts';
import { withinQuota } from './quota.ts';
import { isTaken, type DatabaseSnapshot, type DatabaseSnapshots } from './rds-snapshots.ts';
import { surplusOf } from './retention.ts';
import { pauseFor, type RegionRun } from './region-run.ts';
import { failedCopy } from './sync-fault.ts';

/** One job in one destination. */
export interface DatabaseRegion extends RegionRun {
  readonly job: DatabaseJob;
  readonly newest: DatabaseSnapshot;
  readonly from: DatabaseSnapshots;
  readonly to: DatabaseSnapshots;
}

/** Copies the newest automated snapshot when it is newer than what is there. @throws LandfallError; see `progress`. */
export async function syncDatabase(work: DatabaseRegion): Promise<void> {
  const { job, newest, isPlan, progress, journal } = work;
  const verdict = judgeDatabase(newest, await manualSnapshots(work), job.source);
  switch (verdict.kind) {
    case 'newer':
      progress.found(verdict.copy.id, isPending(verdict.copy));
      return;
    case 'there':
      progress.found(verdict.copy.id, isPending(verdict.copy));
      break;
    case 'adopt':
      progress.found(verdict.copy.id, isPending(verdict.copy));
      progress.repaired(`${backKey(job.source)} on ${verdict.copy.id}`);
      if (!isPlan) await work.to.addTags(verdict.copy.arn, backTag(work));
      break;
    case 'due':
      progress.due();
      refuseWithoutKey(work);
      if (isPlan) {
        planHandover(job, work.to.caller.region, progress);
        await planRetention(work);
        return;
      }
      // Noted before: a run that is stopped after the copy owes what comes after one.
      await journal.begin(newest.id, newest.createdAt, work.clock.now());
      if (verdict.remains) await work.to.remove(verdict.remains.id);
      await copy(work);
  }
  await repairSourceTag(work);
  const isReady = await awaited(work);
  if (isReady)
    await handOver({
      ...work,
      region: work.to.caller.region,
      id: copyIdOf(newest.id),
      sourceId: newest.id,
      isNew: verdict.kind !== 'there' || journal.found?.token === newest.id,
    });
  // Only after a copy, this run's or that of one which was stopped.
  if (verdict.kind === 'there' && journal.found?.token !== newest.id) return;
  const isOver = await retire(work);
  if (!isPlan && isOver) await journal.done();
}

async function manualSnapshots({ job, to }: DatabaseRegion): Promise<readonly DatabaseSnapshot[]> {
  // Snapshots outlive their instance, and most destinations have none: no instance is no error here.
  return (await to.list(job.instance, 'manual')) ?? [];
}

function isPending({ status }: DatabaseSnapshot): boolean {
  return status !== 'available' && status !== 'failed';
}

function backTag({ job, newest }: DatabaseRegion): Tags {
  return new Map([[backKey(job.source), markText({ at: newest.createdAt, id: newest.id })]]);
}

async function copy(work: DatabaseRegion): Promise<void> {
  const { job, newest, to, waits, progress } = work;
  const region = to.caller.region;
  const id = copyIdOf(newest.id);
  const kmsKey = job.kmsKeys.get(region);
  const optionGroup = job.optionGroups.get(region);
  const request = {
    source: newest,
    id,
    tags: new Map([...copiedTags(newest.tags), ...backTag(work)]),
    ...(kmsKey === undefined ? {} : { kmsKey }),
    ...(optionGroup === undefined ? {} : { optionGroup }),
  };
  try {
    await withinQuota({ caller: to.caller, waits, progress }, () => to.copy(request));
  } catch (error) {
    // By an earlier request of ours whose answer was lost; who else made it since we looked is told apart by the tag.
    if (!isTaken(error)) throw error;
    const taken = (await manualSnapshots(work)).find((snapshot) => snapshot.id === id);
    if (!taken) throw error;
    if (!taken.tags.has(backKey(job.source))) await to.addTags(taken.arn, backTag(work));
  }
  progress.created(id);
}

async function repairSourceTag({ newest, from, to, isPlan, progress }: DatabaseRegion): Promise<void> {
  const region = to.caller.region;
  const id = copyIdOf(newest.id);
  if (namesCopy(newest, region, id)) return;
  if (!progress.wasCreated(id)) progress.repaired(`${forwardKey(region)} on ${newest.id}`);
  if (!isPlan)
    await from.addTags(newest.arn, new Map([[forwardKey(region), markText({ at: newest.createdAt, id })]]));
}

/** With --wait: until the copy is available. Whether it is. */
async function awaited(work: DatabaseRegion): Promise<boolean> {
  const { newest, to, waits, isPlan, progress } = work;
  const { region } = to.caller;
  const id = copyIdOf(newest.id);
  for (;;) {
    const copied = (await manualSnapshots(work)).find((snapshot) => snapshot.id === id);
    if (copied && isDead(copied)) throw failedCopy(newest.id, region, id, `RDS says ${copied.status}`);
    progress.pending(copied !== undefined && isPending(copied));
    if (!waits || isPlan || (copied && !isPending(copied))) return copied?.status === 'available';
    progress.waiting(id, copied?.progress ?? 0);
    await pauseFor(id, to.caller);
  }
}

async function planRetention(work: DatabaseRegion): Promise<void> {
  const { job, progress } = work;
  const tagged = taggedSnapshots(await manualSnapshots(work), job.source).filter(
    (snapshot) => !isDead(snapshot),
  );
  for (const { id } of surplusOf(tagged, job.retained)) progress.removed(id);
}

/**
 * The oldest of those with our tag go until the number to keep and the new one remain. While the new one is still being made
 * the newest of the others stays whatever the number: there is always one to restore from. False when that held one back.
 */
async function retire(work: DatabaseRegion): Promise<boolean> {
  const { job, newest, to, isPlan, progress } = work;
  const id = copyIdOf(newest.id);
  const manual = await manualSnapshots(work);
  const others = taggedSnapshots(manual, job.source).filter((snapshot) => snapshot.id !== id);
  const isReady = manual.some((snapshot) => snapshot.id === id && snapshot.status === 'available');
  const kept = isReady ? job.retained : Math.max(1, job.retained);
  const alive = others.filter((snapshot) => !isDead(snapshot));
  const surplus = surplusOf(
    alive.filter(({ status }) => status === 'available'),
    Math.max(0, kept - alive.filter(isPending).length),
  );
  for (const snapshot of [...others.filter(isDead), ...surplus]) {
    progress.removed(snapshot.id);
    if (!isPlan) await to.remove(snapshot.id);
  }
  return kept === job.retained;
}

/** RDS would say so, too, in words that name neither key nor option. */
function refuseWithoutKey({ job, newest, to }: DatabaseRegion): void {
  const { region } = to.caller;
  if (!newest.isEncrypted || job.kmsKeys.has(region)) return;
  throw new LandfallError({
    code: 'LF_SYNC_KEY',
    operation: 'copy',
    subject: `${newest.id} to ${region}`,
    cause: 'it is encrypted, and a key of one region is none of another',
    hint: `Name a key of ${region} in kms_key_ids of the job.`,
  });
}

import type { BakeEc2 } from './bake-ec2.ts';
import type { BakeEntry } from './bake-journal.ts';
import { BAKE_TAG } from './bake-request.ts';
import { bringAbout, type Sight, type Watch } from './bring-about.ts';
import type { RootKeeper } from './image-root.ts';
import type { WorkVolumes } from './work-volume.ts';

/** What works on EC2 with one and the same patience. */
export interface Work {
  readonly ec2: BakeEc2;
  readonly volumes: WorkVolumes;
  readonly watch: Watch;
}

/** Looks that have to find nothing: what was asked for just before may show late. */
const LATE_LOOKS = 3;

/**
 * Nothing of this attempt is left. The volume goes last: as long as anything is there, it is there to tell, journal or not.
 * @throws BakeHalt
 */
export async function undoBake(
  entry: BakeEntry,
  name: string,
  { ec2, volumes, watch }: Work,
  root: RootKeeper,
): Promise<void> {
  if (entry.mountPoint !== undefined) await root.leave(entry.mountPoint);
  const known = entry.volume === undefined ? [] : [entry.volume];
  const all = known.length > 0 ? known : await leftVolumes(entry.id, ec2, watch);
  const images = async (): Promise<readonly string[]> =>
    (await ec2.imagesNamed(name))
      .filter(({ Tags }) => Tags?.some(({ Key, Value }) => Key === BAKE_TAG && Value === entry.id))
      .flatMap(({ ImageId }) => ImageId ?? []);
  await removeAll('image', images, (id) => ec2.deregister(id), watch);
  await removeAll(
    'snapshot',
    () => snapshotsOf(entry.id, all, ec2),
    (id) => ec2.deleteSnapshot(id),
    watch,
  );
  for (const volume of all) {
    await volumes.detach(volume);
    await volumes.remove(volume);
  }
}

/** Snapshots of this bake beside the one that an image has; there is one only after an answer that was lost. @throws BakeHalt. */
export async function removeOtherSnapshots(
  id: string,
  volume: string,
  kept: readonly string[],
  { ec2, watch }: Work,
): Promise<void> {
  const others = async (): Promise<readonly string[]> =>
    (await snapshotsOf(id, [volume], ec2)).filter((snapshot) => !kept.includes(snapshot));
  if ((await others()).length === 0) return;
  await removeAll('snapshot', others, (snapshot) => ec2.deleteSnapshot(snapshot), watch);
}

async function snapshotsOf(id: string, volumes: readonly string[], ec2: BakeEc2): Promise<readonly string[]> {
  const snapshots = await ec2.snapshotsTagged(BAKE_TAG, id);
  return snapshots
    .filter(({ VolumeId = '' }) => volumes.includes(VolumeId))
    .flatMap(({ SnapshotId }) => SnapshotId ?? []);
}

/** The answer to CreateVolume may have been lost, and the volume shows late. */
async function leftVolumes(id: string, ec2: BakeEc2, { patience }: Watch): Promise<readonly string[]> {
  for (let looks = 0; ; looks += 1) {
    const found = await ec2.volumesTagged(BAKE_TAG, id);
    const ids = found.filter(({ State }) => State !== 'deleting').flatMap(({ VolumeId }) => VolumeId ?? []);
    if (ids.length > 0 || looks === LATE_LOOKS) return ids;
    await patience.sleep(patience.pollMs);
  }
}

async function removeAll(
  what: string,
  find: () => Promise<readonly string[]>,
  remove: (id: string) => ReturnType<BakeEc2['deleteSnapshot']>,
  watch: Watch,
): Promise<void> {
  let looks = 0;
  for (;;) {
    const [id] = await find();
    if (id === undefined) {
      looks += 1;
      if (looks === LATE_LOOKS) return;
      await watch.patience.sleep(Math.min(watch.patience.pollMs, LOOK_MS));
      continue;
    }
    const look = async (): Promise<Sight<void>> =>
      (await find()).includes(id) ? { kind: 'absent' } : { kind: 'there', value: undefined };
    await bringAbout({ name: `remove ${what} ${id}`, look, act: () => remove(id) }, watch);
  }
}

const LOOK_MS = 1000;

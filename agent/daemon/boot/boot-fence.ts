import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  fenceHosts,
  fenceRunFolder,
  fenceState,
  findLanding,
  journalIn,
  findStateFolder,
  MOUNT_TABLE,
  keepLanding,
  type Fenced,
  type FenceOptions,
  type FencedFile,
  type FenceMode,
  type HostsFile,
  type Landing,
  type Stamp,
} from '#config-service';
import { ok, type Outcome } from '#kit/outcome.ts';
import { readBootId } from '../../identity/boot-id.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Host } from '../runtime/host.ts';
import { sharingOf } from './register-sharing.ts';

/** What the fence did at this boot. */
export interface BootFence extends Fenced {
  readonly mode: FenceMode;
  /** Epoch ms. */
  readonly at: number;
  /** When the disk came from another instance, at this boot or at an earlier one. */
  readonly landing?: Landing;
  /** To fence again what is mounted later; undefined where there is no state folder. */
  readonly again?: FenceOptions;
  /** The mount table as it was before. */
  readonly mounted: string;
}

/** Where there is no disk to fence: a rehearsal, a simulated member of a fleet. */
export const NOT_FENCED: BootFence = {
  removed: [],
  left: [],
  namesLost: false,
  awaited: [],
  copies: [],
  mounted: '',
  mode: 'purge',
  at: 0,
};

/**
 * The fence before everything else (law 3): state folder, what was rendered from it, run folder. A state folder that takes
 * no writes is fenced as well: its register names files that may lie where writes are taken.
 *
 * @param folder as `openStateFolder` left it.
 */
export async function raiseFence(
  here: Stamp,
  folder: Outcome<string>,
  settings: Settings,
  host: Host,
): Promise<Outcome<BootFence>> {
  const { uid, clock, logger } = host;
  const { runDir, stateDir, onRelocation: mode } = settings;
  const writable = folder.kind === 'ok';
  const found = writable ? folder : await findStateFolder(stateDir, uid);
  if (found.kind !== 'ok') return found;
  const onRemoved = (file: FencedFile): void => logger.info('removed by the fence', logFields(file));
  const stateFolder = writable ? folder.value : undefined;
  const place = found.value;
  const landed = place === undefined ? undefined : await landingOn(place, here, host);
  const keep = async (): Promise<boolean> =>
    place === undefined ||
    !landed ||
    landed.isKept ||
    (await keepLanding({ folder: place, here, uid }, landed.landing)).kind === 'ok';
  const optionsFor = async (from: string): Promise<FenceOptions> => {
    const sharing = await sharingOf(settings, host, from);
    const shared = sharing && { sharing };
    return { folder: from, writable, here, uid, mode, onRemoved, ...shared, now: clock.now() };
  };
  // Before what tells of it is gone; on a disk that is full, when the fence has made room.
  const isKept = await keep();
  const nothing: Outcome<Fenced> = ok({ removed: [], left: [], namesLost: false, awaited: [], copies: [] });
  const mounted = await readFile(MOUNT_TABLE, 'utf8').catch(() => '');
  const again = place === undefined ? undefined : await optionsFor(place);
  const state = again ? await fenceState(again) : nothing;
  if (state.kind !== 'ok') return state;
  const lines = await fenceHosts(hostsFileOf(settings, again), here, clock.now());
  if (lines.kind !== 'ok') return lines;
  for (const file of lines.value) onRemoved(file);
  const gaveRoom = state.value.removed.some(({ path }) => dirname(path) === place);
  if (!isKept && !(await keptInTime(keep, gaveRoom ? ROOM_COMES_MS : [0], host)))
    logger.warn('the landing of this disk is known for this run only');
  const run = await fenceRunFolder({ runDir, stateFolder, here, bootId: await readBootId() });
  if (run.kind !== 'ok') return run;
  if (state.value.namesLost) logger.error(NAMES_LOST);
  for (const path of state.value.copies) logger.warn('a copy of a file of another region is left', { path });
  for (const left of state.value.left) logger.warn('the fence could not remove', { ...left });
  const removed = [...state.value.removed, ...lines.value, ...run.value];
  return ok({
    ...state.value,
    removed,
    mode,
    at: clock.now(),
    ...(landed && { landing: landed.landing }),
    mounted,
    ...(again && { again }),
  });
}

/** @param state where there is a state folder. */
export function hostsFileOf(
  { hostsFile }: Pick<Settings, 'hostsFile'>,
  state: Pick<FenceOptions, 'folder'> | undefined,
): HostsFile {
  return { path: hostsFile, journal: journalIn(state?.folder) };
}

/** Pauses: a file system gives back the room of what was removed when it comes to it, at the next commit of its journal. */
const ROOM_COMES_MS = [0, 100, 300, 600];

async function keptInTime(
  keep: () => Promise<boolean>,
  pauses: readonly number[],
  { clock }: Host,
): Promise<boolean> {
  for (const pause of pauses) {
    if (pause > 0) await clock.sleep(pause);
    if (await keep()) return true;
  }
  return false;
}

/** Loud, for nobody else will look for them. */
export const NAMES_LOST =
  'the register of rendered files could not be read: files rendered elsewhere may be left on this host, names unknown';

/** The log stays on this host, so that it may say where the disk came from; the API may not. */
function logFields({ path, kind, reason, action, sha256, stamp }: FencedFile): Record<string, unknown> {
  return {
    path,
    kind,
    reason,
    action,
    sha256,
    from: stamp?.region ?? null,
    instanceId: stamp?.instanceId ?? null,
  };
}

async function landingOn(
  folder: string,
  here: Stamp,
  { uid, clock }: Host,
): Promise<Awaited<ReturnType<typeof findLanding>>> {
  return findLanding({ folder, here, uid, bootedAt: await readBootTime(), now: clock.now() });
}

/** Epoch ms (proc_stat(5), `btime`). */
async function readBootTime(): Promise<number | undefined> {
  const text = await readFile('/proc/stat', 'utf8').catch(() => '');
  const [, seconds] = /^btime (\d+)$/m.exec(text) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

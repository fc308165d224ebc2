import { startOf, type RegisterSharing } from '#config-service';
import { readBootId } from '../../identity/boot-id.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Host } from '../runtime/host.ts';

/** Where root's daemons leave copies of their registers: at one place, for the state folder is a setting. */
const FOR_ROOT = '/var/lib/landfall-registers';

/** The same for a user who cannot write there; undefined: there is no such place, and no copy is kept. */
export function registersFolder(uid: number, env: Host['env']): string | undefined {
  if (uid === 0) return FOR_ROOT;
  const { XDG_STATE_HOME: state, HOME: home } = env;
  if (state?.startsWith('/')) return `${state}/landfall-registers`;
  return home?.startsWith('/') ? `${home}/.local/state/landfall-registers` : undefined;
}

/** @param stateFolder its real path, where it is known. */
export async function sharingOf(
  { runDir }: Pick<Settings, 'runDir'>,
  { registers, pid }: Pick<Host, 'registers' | 'pid'>,
  stateFolder: string,
): Promise<RegisterSharing | undefined> {
  if (registers === undefined) return undefined;
  const owner = { stateFolder, runDir, bootId: await readBootId(), pid, startedAt: await startOf(pid) };
  return { home: registers, owner };
}

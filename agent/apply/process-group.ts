import type { Clock } from '#kit/clock.ts';
import { errnoOf } from '#kit/errno.ts';

/** `process.kill`: throws with an errno; signal 0 only asks. */
export type Kill = (pid: number, signal: NodeJS.Signals | 0) => unknown;

/** Between SIGTERM and SIGKILL, milliseconds. */
export const GRACE_MS = 5000;

const LOOK_AGAIN_MS = 50;

/**
 * Ends all processes of a group: SIGTERM, and SIGKILL for what is left after `GRACE_MS`. A process that made a session
 * or group of its own (`setsid`, a daemon) is out of reach; systemd's control group has it.
 */
export async function endProcessGroup(group: number, kill: Kill, clock: Clock): Promise<void> {
  const end = clock.monotonic() + GRACE_MS;
  let alive = signalGroup(group, 'SIGTERM', kill);
  while (alive && clock.monotonic() < end) {
    await clock.sleep(LOOK_AGAIN_MS);
    alive = signalGroup(group, 0, kill);
  }
  if (alive) signalGroup(group, 'SIGKILL', kill);
}

/** False: there is no such group any more. Zombies count as alive until somebody reaps them. */
function signalGroup(group: number, signal: NodeJS.Signals | 0, kill: Kill): boolean {
  try {
    kill(-group, signal);
    return true;
  } catch (error) {
    return errnoOf(error) !== 'ESRCH';
  }
}

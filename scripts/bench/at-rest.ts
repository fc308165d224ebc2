import { setTimeout as sleep } from 'node:timers/promises';
import type { Resident } from './agent-process.ts';

/** What the last change needed is garbage for a moment: the lowest of five seconds. */
export async function atRest(resident: () => Resident): Promise<Resident> {
  let least = resident();
  for (let sample = 0; sample < 20; sample += 1) {
    await sleep(250);
    const now = resident();
    if (now.all < least.all) least = now;
  }
  return least;
}

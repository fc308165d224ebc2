import { isQuota, type Caller } from './calls.ts';
import type { RegionProgress } from './region-progress.ts';

export interface Queue {
  readonly caller: Caller;
  /** Whether this command waits at all. */
  readonly waits: boolean;
  readonly progress: RegionProgress;
}

/**
 * AWS takes so many copies at a time for a region (EC2: 100 images, 20 snapshots; RDS: 20 snapshots, by default). With --wait
 * this one stands in line until others ended; else the quota is the error.
 */
export async function withinQuota<T>({ caller, waits, progress }: Queue, act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!isQuota(error) || !waits) throw error;
      progress.say('waits for other copies to end');
      if ((await caller.patience.sleep(caller.patience.pollMs)) !== 'on') throw error;
    }
  }
}

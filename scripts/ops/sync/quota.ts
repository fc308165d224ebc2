import { CallRefused, isQuota, type Caller } from './calls.ts';
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
      if (!isQuota(error)) throw error;
      if (!waits) throw inLine(error);
      progress.say('waits for other copies to end');
      if ((await caller.patience.sleep(caller.patience.pollMs)) !== 'on') throw error;
    }
  }
}

function inLine(error: unknown): unknown {
  if (!(error instanceof CallRefused)) return error;
  const hint = 'Other copies have to end first: --wait stands in line for that, or run it again later.';
  return new CallRefused(error.refused, error.region, { ...error.fault, hint });
}
